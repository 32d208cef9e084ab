# gradients.unused-leaves: The gradient of a leaf is None until a walk back comes to it, and a leaf that the result was not made of keeps None.
# Found by the case complex128 columns. Source: Tensor.grad: this attribute is None by default and becomes a tensor the first time backward computes gradients for it (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([2.0], dtype=torch.complex128, device='xla:0').requires_grad_()
y = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def unused_leaves(torch, x, y, *, device):
    z = x * 2
    unused = y * x
    z.backward(unused.detach())
    return x.grad
result = unused_leaves(torch, x, y, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [4j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
