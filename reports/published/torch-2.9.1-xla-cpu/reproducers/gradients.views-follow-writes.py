# gradients.views-follow-writes: A view that was taken before its base was written to has the gradient of what it shows now.
# Found by the case complex128 columns. Source: Tensor Views: editing the base is reflected in the view; Autograd mechanics, In-place operations (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([2.0, 2.0], dtype=torch.complex128, device='xla:0').requires_grad_()
y = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def views_follow_writes(torch, x, y, *, device):
    whole = x * 1
    row, turned = (whole[1], whole.t())
    row.backward(y.detach()[0])
    return x.grad
result = views_follow_writes(torch, x, y, device='xla:0')
facts, got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device}", result.reshape(-1).tolist()
right = [['0j', '-0j', '(-0+0j)', '(-0-0j)'], ['1j']]  # texts, (value, bound), or None for anything
ok = facts == '(2,) complex128 xla:0' and all(r is None or any(str(g) == one if type(one) is str else abs(g - one[0]) <= one[1] for one in r) for g, r in zip(got, right))
print("expected:", '(2,) complex128 xla:0', right, "\ngot:     ", facts, got)
raise SystemExit(not ok)
