# shapes.squeeze-several-dims: `squeeze` of a tuple of dims removes those of size 1, and refuses dims out of range with an IndexError.
# Found by the case [] selected dims [-1]. Source: torch.squeeze: changed in version 2.0, input is squeezed only in the specified dimensions of a tuple (5 In [19]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(True, dtype=torch.bool, device='xla:0')
def squeeze_several_dims(torch, x, *, device):
    return x.squeeze((0,))
try:
    result = squeeze_several_dims(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() bool xla:0 True'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
