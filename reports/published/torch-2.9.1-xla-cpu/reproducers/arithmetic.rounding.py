# arithmetic.rounding: `+ - * /` of two tensors of one dtype, however they lie in memory, are correctly rounded bit for bit, and integers wrap around.
# Found by the case 44: complex128 add, last two exchanged and last two exchanged, [16, 8]. Source: torch.add, sub, mul, div: the operation element by element; IEEE 754: correctly rounded (4 In [2]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
y = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def rounding(torch, x, y, *, device):
    return torch.add(x, y)
result = rounding(torch, x, y, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [(1+1j)]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
