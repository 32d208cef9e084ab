# gradients.numbers: A tensor's gradient is right with a Python number of any kind on either side of `+ - * /`, and has the tensor's dtype, whichever the default dtype is.
# Found by the case complex128 [2, 1, 2, 1, 2] sub -4 reflected, operator, float32. Source: Autograd mechanics; Tensor: a Python number on either side of an operator (6 In [24]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex128, device='xla:0').requires_grad_()
gradient = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def numbers(torch, x, gradient, *, device):
    z = x - 0
    z.backward(gradient)
    return x.grad
result = numbers(torch, x, gradient, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
