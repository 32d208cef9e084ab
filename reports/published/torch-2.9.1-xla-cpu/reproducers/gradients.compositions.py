# gradients.compositions: The gradients of operations one after the other follow the chain rule, with broadcasting, indexing, views and writes between them.
# Found by the case 3: complex128 mul, scalar, mul, twice (selected, offset, columns, offset). Source: Autograd mechanics: the chain rule over the graph of operations (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex128, device='xla:0').requires_grad_()
gradient = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def compositions(torch, x, gradient, *, device):
    x.backward(gradient)
    return x.grad
result = compositions(torch, x, gradient, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
