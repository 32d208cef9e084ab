# ranks.tensor-copies: `tensor` of a tensor is a copy: writes to either do not reach the other.
# Found by the case complex128 [] selected. Source: torch.tensor: constructs a tensor with no autograd history by copying data (1 In [5]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(complex(0.0, 1.0), dtype=torch.complex128, device='xla:0')
def tensor_copies(torch, x, *, device):
    second = torch.tensor(x, device=device)
    return second
result = tensor_copies(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() complex128 xla:0 1j'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
