# products.own-transpose: A matrix is multiplied with its own transpose, with itself, or with another part of the same memory, as with a copy.
# Found by the case complex128, one memory, every second: view(2, 8) [0, ::2] and view(8, 2) [0:4, 0]. Source: torch.matmul; Tensor Views: a transpose shares memory with its matrix (1 prose).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
y = torch.tensor([4.0], dtype=torch.complex128, device='xla:0')
def own_transpose(torch, x, y, *, device):
    return torch.matmul(x, y)
result = own_transpose(torch, x, y, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() complex128 xla:0 4j'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
