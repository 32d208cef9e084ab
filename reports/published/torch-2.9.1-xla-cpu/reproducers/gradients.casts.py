# gradients.casts: A gradient passes a cast between dtypes that have gradients, and arrives in the leaf's dtype, rounded to it.
# Found by the case complex128 to complex64 (offset), name. Source: Tensor.to; Tensor.grad: the gradient has the tensor's own dtype (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex128, device='xla:0').requires_grad_()
gradient = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def casts(torch, x, gradient, *, device):
    names = {torch.float16: 'half', torch.float32: 'float', torch.float64: 'double', torch.complex64: 'cfloat', torch.complex128: 'cdouble'}
    z = getattr(x, names.get(torch.complex64, 'bfloat16'))()
    z.backward(gradient)
    return x.grad
result = casts(torch, x, gradient, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
