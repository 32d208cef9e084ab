# promotion.casts: Every dtype is cast to every other: rounded once, truncated toward zero, zero alone is False.
# Found by the case complex128 to complex128. Source: Tensor.to: the tensor converted to the dtype; floats become integers by truncation toward zero (5 In [12]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def casts(torch, x, *, device):
    return x.to(torch.complex128)
result = casts(torch, x, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
