# shapes.squeeze-dims: `squeeze(dim)` removes a dimension of size 1, leaves others alone, and refuses dims out of range with an IndexError.
# Found by the case [] dense dim -1 named. Source: torch.squeeze: when dim is given, a squeeze operation is done only in the given dimension (5 In [19]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(1.0, dtype=torch.float32, device='xla:0')
def squeeze_dims(torch, x, *, device):
    return torch.squeeze(input=x, dim=0)
try:
    result = squeeze_dims(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() float32 xla:0 1.0'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
