# gradients.views-in-products: A view's product with itself and with its base's has the gradients of the product of two copies.
# Found by the case complex128 [3, 3, 3] permute(-3, 1, -1) (1), method. Source: Tensor Views; Autograd mechanics (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex128, device='xla:0').requires_grad_()
gradient = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def views_in_products(torch, x, gradient, *, device):
    x.backward(gradient)
    return x.grad
result = views_in_products(torch, x, gradient, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
