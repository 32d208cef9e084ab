# aliasing.base-writes-reach-views: A write to the base, to one element or several, is seen in every view that shows it, and in no other element.
# Found by the case [3, 2, 2, 2] every third row from the second: [1::2]; [:, -100:100]; [:, :, 1]; unsqueeze(1). Source: Tensor Views: editing the base tensor is reflected in the view (5 In [17]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
base = torch.tensor([[[[True, False], [True, False]], [[True, False], [True, False]]], [[[True, True], [False, True]], [[False, True], [False, True]]], [[[False, True], [True, False]], [[True, False], [True, False]]], [[[True, False], [True, True]], [[False, True], [False, True]]], [[[False, True], [False, True]], [[True, False], [True, False]]], [[[True, False], [True, False]], [[True, True], [False, True]]], [[[False, True], [False, True]], [[False, True], [True, False]]], [[[True, False], [True, False]], [[True, False], [True, True]]], [[[False, True], [False, True]], [[False, True], [False, True]]], [[[True, False], [True, False]], [[True, False], [True, False]]]], dtype=torch.bool, device='xla:0')
x = base[1::3,]
view = base[1::3,][1::2]
other = base[1::3,][:, -100:100]
third = base[1::3,][:, :, 1]
fourth = base[1::3,].unsqueeze(1)
def base_writes_reach_views(torch, base, x, view, other, third, fourth, *, device):
    before = view.clone()
    x[0, 0, 0].fill_(False)
    return (before, view, other, third, fourth, x, base)
result = base_writes_reach_views(torch, base, x, view, other, third, fourth, device='xla:0')[0]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1, 2, 2, 2) bool xla:0 [[[[False, True], [False, True]], [[True, False], [True, False]]]]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
