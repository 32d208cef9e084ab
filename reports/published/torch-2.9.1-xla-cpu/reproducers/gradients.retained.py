# gradients.retained: A non-leaf whose gradient is to be retained has it after the walk back, and is still no leaf.
# Found by the case clone complex128. Source: Tensor.retain_grad: enables this tensor to have its grad populated during backward (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0').requires_grad_()
def retained(torch, x, *, device):
    z = x.clone()
    z.retain_grad()
    out = z + z * 2
    out.backward(out.detach())
    return z.grad
result = retained(torch, x, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [9j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
