# indexing.keys: Ints, slices with steps, None and an ellipsis select a view with the right shape, strides and elements, or raise IndexError.
# Found by the case [1] every third row from the second [-5:5]. Source: Tensor Views: basic slicing and indexing give a view; an int out of range is an IndexError (2 In [9]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1], dtype=torch.int64, device='xla:0')
def keys(torch, x, *, device):
    return x[-2:]
try:
    result = keys(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) int64 xla:0 [1]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
