# gradients.mixed-dtypes: The gradient of an operand that was promoted has the dtype that the operand had before.
# Found by the case bool [3] mul complex128 [], both, operator. Source: Tensor.grad: the gradient has the tensor's own dtype; torch.Tensor attributes: operands are promoted (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(True, dtype=torch.bool, device='xla:0')
y = torch.tensor(complex(0.0, 1.0), dtype=torch.complex128, device='xla:0').requires_grad_()
gradient = torch.tensor(complex(0.0, 1.0), dtype=torch.complex64, device='xla:0')
def mixed_dtypes(torch, x, y, gradient, *, device):
    z = x * y
    z.backward(gradient)
    return y.grad
result = mixed_dtypes(torch, x, y, gradient, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() complex128 xla:0 1j'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
