# arithmetic.sizes: `+ - * /` are right for any number of elements, on either side, written into a new tensor, in place or into `out=`.
# Found by the case 12: complex128 add one, every second, [2, 7], reflected. Source: torch.add, sub, mul, div: the operation element by element, of however many elements (4 In [2]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
y = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def sizes(torch, x, y, *, device):
    return y + x
result = sizes(torch, x, y, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [(1+1j)]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
