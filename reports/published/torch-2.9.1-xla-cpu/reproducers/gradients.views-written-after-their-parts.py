# gradients.views-written-after-their-parts: A view of which a part was written with a leaf's elements is no leaf, and may be written itself, with the gradients of what it then shows.
# Found by the case float32 rows, written, then multiplied. Source: Tensor.is_leaf: tensors that are not the result of an operation are leaves; Autograd mechanics, In-place operations; Tensor Views (6
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.float32, device='xla:0').requires_grad_()
y = torch.tensor([1.0, 2.0], dtype=torch.float32, device='xla:0')
def views_written_after_their_parts(torch, x, y, *, device):
    whole = y.clone()
    seen = whole[1:]
    seen[0] = x[0]
    seen.mul_(2)
    return whole
result = views_written_after_their_parts(torch, x, y, device='xla:0')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(2,) float32 xla:0 [1.0, 2.0]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
