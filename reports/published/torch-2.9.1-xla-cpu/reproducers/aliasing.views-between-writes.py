# aliasing.views-between-writes: A view made before a write and one made after it show the same elements, and see all later writes.
# Found by the case [2, 2, 3, 1, 2, 2] last two exchanged: [:, :, :, :, :, -100:100]. Source: Tensor Views: a view shares its base's data, whether it is made before a write or after it (5 In [17]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([True], dtype=torch.bool, device='xla:0')
def views_between_writes(torch, x, *, device):
    early = x
    early = early[-2:,]
    seen = early.clone()
    return seen
try:
    result = views_between_writes(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) bool xla:0 [True]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
