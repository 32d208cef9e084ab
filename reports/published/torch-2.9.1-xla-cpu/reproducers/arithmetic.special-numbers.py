# arithmetic.special-numbers: Operations with 0, 1, infinities and NaN hold for each element, be it infinite, NaN or a negative zero, written anew, in place or into `out=`.
# Found by the case uint8 add 1 as 0-d, [2, 35] offset, then reversed dims. Source: torch.add, sub, mul, div: the operation element by element; IEEE 754: 0 * inf and 0 * NaN are NaN, and x + NaN is Na
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1, 0], dtype=torch.uint8, device='xla:0')[..., ::2]
y = torch.tensor(1, dtype=torch.int64, device='xla:0')
def special_numbers(torch, x, y, *, device):
    new, method = (torch.add(x, y), x.add(y))
    x.add_(y)
    return new
result = special_numbers(torch, x, y, device='xla:0')
str((result, x, y))
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) uint8 xla:0 [2]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
