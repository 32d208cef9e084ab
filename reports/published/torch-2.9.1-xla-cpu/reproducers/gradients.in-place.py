# gradients.in-place: An operation that writes into a tensor that is no leaf has the gradients of the one that does not, for what was there and for the other operand.
# Found by the case complex128 [3, 4] sub complex128 [3, 4] (dense, reversed dims, reversed dims), right, scaled. Source: Autograd mechanics, In-place operations with autograd (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
y = torch.tensor([complex(0.0, 2.0)], dtype=torch.complex128, device='xla:0').requires_grad_()
gradient = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def in_place(torch, x, y, gradient, *, device):
    z = x.clone()
    z.sub_(y, alpha=-2)
    z.backward(gradient)
    return y.grad
result = in_place(torch, x, y, gradient, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [2j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
