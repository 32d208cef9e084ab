# promotion.rounded-once: Wherever an integer becomes a float, with an operand, a number, in place, in a mean or where it is written, it is rounded once.
# Found by the case int16 with float64 2. Source: Type promotion: operands are converted to the dtype of the result; IEEE 754: a conversion rounds once (5 In [12]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1], dtype=torch.int64, device='xla:0')
y = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
def rounded_once(torch, x, y, *, device):
    target, column = (y.clone(), torch.full((x.shape[0], 1), 7, dtype=x.dtype, device=device))
    return column.mean(-1, dtype=y.dtype)
try:
    result = rounded_once(torch, x, y, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) float32 xla:0 [7.0]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
