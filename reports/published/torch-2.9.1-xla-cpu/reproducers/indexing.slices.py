# indexing.slices: A slice takes each step-th element from start to stop, both counted from the end where negative and clamped to the dimension.
# Found by the case [5] columns from None by 2. Source: Tensor Views: basic slicing gives a view; bounds are clamped to the dimension, as in Python's own slices (2 In [9]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1], dtype=torch.int64, device='xla:0')
def slices(torch, x, *, device):
    return tuple((x[key] for key in [slice(None, -2, None)]))
try:
    result = slices(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(0,) int64 xla:0 []'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
