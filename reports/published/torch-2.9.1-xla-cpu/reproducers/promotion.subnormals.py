# promotion.subnormals: A subnormal number is cast to the number that it is where the other dtype holds it, else to the nearest, and is True.
# Found by the case bfloat16 to bool. Source: Tensor.to: the tensor converted to the dtype; IEEE 754: gradual underflow; torch.set_flush_denormal: by default denormal numbers are not flushed (5 In [12
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([9.18355e-41], dtype=torch.bfloat16, device='xla:0')
def subnormals(torch, x, *, device):
    return x.to(torch.bool)
result = subnormals(torch, x, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) bool xla:0 [True]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
