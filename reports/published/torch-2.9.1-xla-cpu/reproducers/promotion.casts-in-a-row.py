# promotion.casts-in-a-row: A cast begins with what the cast before it gave, rounded, cut off or wrapped to that dtype, however soon it follows.
# Found by the case complex128 to complex64 to complex128. Source: Tensor.to: the tensor converted to the dtype; what a narrower dtype does not hold does not come back (5 In [12]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def casts_in_a_row(torch, x, *, device):
    return x.to(torch.complex64).to(torch.complex128)
result = casts_in_a_row(torch, x, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
