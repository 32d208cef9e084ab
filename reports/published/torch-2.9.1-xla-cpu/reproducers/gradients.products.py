# gradients.products: The gradients of matrix products of vectors, matrices and batches are exact, and summed over the batch dimensions that were broadcast.
# Found by the case complex128 [3] @ [3, 2] (selected, every third row from the second, every third row from the second), right, function. Source: torch.matmul: vectors, matrices and batches; Autograd
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
y = torch.tensor([[1.0]], dtype=torch.complex128, device='xla:0').requires_grad_()
gradient = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
def products(torch, x, y, gradient, *, device):
    z = torch.matmul(x, y)
    z.backward(gradient)
    return y.grad
result = products(torch, x, y, gradient, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1, 1) complex128 xla:0 [[-1j]]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
