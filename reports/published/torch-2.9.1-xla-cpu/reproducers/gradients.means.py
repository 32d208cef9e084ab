# gradients.means: The gradient of a mean is the incoming one over the number of elements, for each of them, in their own dtype.
# Found by the case complex64 [4, 2] (every second) over -1. Source: torch.mean: over all, one or several dimensions, kept or not; Autograd mechanics (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
def means(torch, x, *, device):
    z = x.mean(0, False)
    return x.grad
try:
    result = means(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
got, right = result, None
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
