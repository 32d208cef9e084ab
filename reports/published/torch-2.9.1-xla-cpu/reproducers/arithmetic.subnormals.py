# arithmetic.subnormals: Subnormal operands and results keep their values: nothing is flushed to zero.
# Found by the case bfloat16 add. Source: torch.set_flush_denormal: by default denormal numbers are not flushed; IEEE 754: gradual underflow (4 In [2]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([-8.99988e-39], dtype=torch.bfloat16, device='xla:0')
y = torch.tensor([0.0], dtype=torch.float32, device='xla:0')
def subnormals(torch, x, y, *, device):
    return torch.add(x, y)
result = subnormals(torch, x, y, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) float32 xla:0 [-8.999878623483139e-39]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
