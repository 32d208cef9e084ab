# gradients.writes-into-views: A write into a view is part of its base's history: what was overwritten gets no gradient, and what was written gets its own, in its own shape.
# Found by the case complex128 of [2, 2, 3, 3] (columns) index(slice(None, -1, None), slice(None, None, None), slice(1, None, None), slice(None, None, 2)) mul [1, 2, 2, 2], none. Source: Tensor Views;
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([3.0], dtype=torch.complex64, device='xla:0')
w = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0').requires_grad_()
gradient = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def writes_into_views(torch, x, w, gradient, *, device):
    whole = x.detach().clone()
    part = whole
    part.mul_(w)
    whole.backward(gradient)
    return w.grad
result = writes_into_views(torch, x, w, gradient, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [3j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
