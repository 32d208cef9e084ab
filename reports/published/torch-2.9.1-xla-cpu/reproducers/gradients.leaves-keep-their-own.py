# gradients.leaves-keep-their-own: What walks back into one leaf, or is written into its gradient, leaves what the other leaves have collected as it is.
# Found by the case viewed as [2, 4], walked back again, complex64 (offset). Source: Tensor.grad: the attribute will contain the gradients computed, and future calls to backward() will accumulate (add
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]], dtype=torch.complex64, device='xla:0').requires_grad_()
y = torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]], dtype=torch.complex64, device='xla:0').requires_grad_()
gradient = torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]], dtype=torch.complex64, device='xla:0')
def leaves_keep_their_own(torch, x, y, gradient, *, device):
    z = x.view((-1, 4)) + y.view((-1, 4))
    z.backward(gradient.clone())
    (x * 2).backward(torch.ones(2, 4, dtype=x.dtype, device=device))
    return y.grad
result = leaves_keep_their_own(torch, x, y, gradient, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(2, 4) complex64 xla:0 [[(1+0j), (2+0j), (3+0j), (4+0j)], [(5+0j), (6+0j), (7+0j), (8+0j)]]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
