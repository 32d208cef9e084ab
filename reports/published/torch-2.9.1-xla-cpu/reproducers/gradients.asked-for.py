# gradients.asked-for: `torch.autograd.grad` gives the gradients of leaves and of steps between, and collects nothing in the leaves.
# Found by the case complex128 dense. Source: torch.autograd.grad: computes and returns the sum of gradients of outputs with respect to the inputs (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
y = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0').requires_grad_()
gradient = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
def asked_for(torch, x, y, gradient, *, device):
    part = x * y
    z = part * part + x
    alone = torch.autograd.grad(z, y, grad_outputs=gradient)
    return (*alone, y.grad)
result = asked_for(torch, x, y, gradient, device='xla:0')[0]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [-2j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
