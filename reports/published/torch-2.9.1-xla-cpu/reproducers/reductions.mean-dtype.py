# reductions.mean-dtype: `mean` with a dtype is the mean of the elements cast to it, of integers and bools too, new and into `out=`.
# Found by the case bool as bfloat16, [9, 4] over -1, last two exchanged. Source: torch.mean: if dtype is specified, the input tensor is casted to dtype before the operation is performed (4 In [4]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([True], dtype=torch.bool, device='xla:0')
def mean_dtype(torch, x, *, device):
    return x.mean(0, dtype=torch.bfloat16)
try:
    result = mean_dtype(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() bfloat16 xla:0 1.0'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
