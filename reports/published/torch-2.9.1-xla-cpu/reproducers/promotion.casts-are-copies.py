# promotion.casts-are-copies: A cast to another dtype, and one that asks for a copy, shares no memory with its source, and gives what that holds at the call.
# Found by the case complex128 to complex128. Source: Tensor.to: otherwise the returned tensor is a copy; copy=True makes a new tensor even where the dtype is the same (5 In [12]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def casts_are_copies(torch, x, *, device):
    return x
result = casts_are_copies(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
