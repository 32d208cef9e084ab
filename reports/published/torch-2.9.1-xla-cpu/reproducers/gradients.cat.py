# gradients.cat: The gradient of joined tensors is cut where they were joined, in each one's shape and dtype, and added up for one that was joined several times.
# Found by the case complex128 complex64 of [3] [1] along 0 (dense, dense, every second), 3 of them. Source: torch.cat; Autograd mechanics (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.complex128, device='xla:0').requires_grad_()
y = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
gradient = torch.tensor([1.0, 2.0, 3.0, complex(0.0, 2.0), complex(0.0, 1.0), 6.0, 7.0], dtype=torch.complex64, device='xla:0')
def cat(torch, x, y, gradient, *, device):
    parts = ([x, y] * 3)[:3]
    z = torch.cat(parts, 0)
    z.backward(gradient)
    return x.grad
result = cat(torch, x, y, gradient, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(3,) complex128 xla:0 [(1+1j), (8+0j), (10+0j)]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
