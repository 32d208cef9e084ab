# gradients.accumulation: Each walk back adds to the gradient that a leaf has collected, until it is set to None or to zero.
# Found by the case squared complex128 (expanded). Source: Tensor.backward: this function accumulates gradients in the leaves; Tensor.grad (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 2.0)], dtype=torch.complex128, device='xla:0').requires_grad_()
y = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
gradient = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
def accumulation(torch, x, y, gradient, *, device):
    (x * y).backward(gradient)
    return x.grad
result = accumulation(torch, x, y, gradient, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [-1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
