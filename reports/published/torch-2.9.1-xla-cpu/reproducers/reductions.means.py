# reductions.means: The mean over any dim, several or all, kept or not, is exact where its sum is; that of no element is NaN.
# Found by the case 0: float16 [] over (0,) kept, selected, NaN beside. Source: torch.mean: dim may be an int, a tuple or left out; keepdim keeps the dimensions with size 1 (4 In [4]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(1.0, dtype=torch.float32, device='xla:0')
def means(torch, x, *, device):
    return torch.mean(x, (0,))
try:
    result = means(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() float32 xla:0 1.0'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
