# aliasing.base-writes-reach-views: A write to the base, to one element or several, is seen in every view that shows it, and in no other element.
# Found by the case [3, 2, 2, 2] every third row from the second: [1::2]; [:, -100:100]; [:, :, 1]; unsqueeze(1). Source: Tensor Views: editing the base tensor is reflected in the view (5 In [17]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
other = torch.tensor([[True]], dtype=torch.bool, device='xla:0')[:, -100:100]
def base_writes_reach_views(torch, other, *, device):
    return other
try:
    result = base_writes_reach_views(torch, other, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1, 1) bool xla:0 [[True]]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
