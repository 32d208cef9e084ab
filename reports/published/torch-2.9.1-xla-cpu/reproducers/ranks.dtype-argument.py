# ranks.dtype-argument: A dtype that is asked for is the tensor's, with each number rounded to it, or truncated toward zero, or taken as a truth.
# Found by the case [1, 1.5, 2j] as complex128. Source: torch.tensor: dtype is the desired data type of the returned tensor (1 In [5]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
def dtype_argument(torch, *, device):
    return torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device=device)
result = dtype_argument(torch, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
