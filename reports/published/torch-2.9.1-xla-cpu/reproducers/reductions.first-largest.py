# reductions.first-largest: `argmax` gives the int64 index of the first largest element, NaN being the largest.
# Found by the case 1: int8 ties [] over 0 kept, selected. Source: torch.argmax: the index of the maximum; NaN is the maximum, and of several the first is given (4 In [5]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(1, dtype=torch.int64, device='xla:0')
def first_largest(torch, x, *, device):
    return torch.argmax(x, 0)
try:
    result = first_largest(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() int64 xla:0 0'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
