# aliasing.tensor-writes-through-views: A tensor that is assigned, copied, added in place or given by `out=` through a view reaches each element that the view shows.
# Found by the case [3, 2, 2, 2] every third row from the second: [:, -100:100] mul_ number. Source: Tensor Views: in-place operations on a view change its base; Tensor.copy_, torch.add: out (5 In [17
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
base = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
view = torch.tensor([[1.0]], dtype=torch.float32, device='xla:0')[:, -100:100]
def tensor_writes_through_views(torch, base, view, *, device):
    view.mul_(other=True)
    return base
try:
    result = tensor_writes_through_views(torch, base, view, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) float32 xla:0 [1.0]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
