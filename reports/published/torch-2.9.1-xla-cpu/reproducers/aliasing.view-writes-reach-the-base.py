# aliasing.view-writes-reach-the-base: A write through a view is seen in the base and in its other views, where the view shows it and nowhere else.
# Found by the case [0, 3] block: [:-1]; unsqueeze(1). Source: Tensor Views: editing the view is reflected in the base tensor (5 In [17]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
base = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
view = torch.zeros((0, 0), dtype=torch.float32, device='xla:0')[:-1]
def view_writes_reach_the_base(torch, base, view, *, device):
    view.data[...] = 0
    return base
try:
    result = view_writes_reach_the_base(torch, base, view, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) float32 xla:0 [1.0]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
