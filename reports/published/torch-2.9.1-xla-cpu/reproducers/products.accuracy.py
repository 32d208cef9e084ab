# products.accuracy: A matrix product of arbitrary numbers lies within the bound of sums in its dtype, half types being added up in float32.
# Found by the case 0: complex128 [2, 3] @ [3, 4], last two exchanged @ every second. Source: PyTorch's notes on numerical accuracy, and torch.set_float32_matmul_precision: float32 by default computes
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex128, device='xla:0')
y = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def accuracy(torch, x, y, *, device):
    results = torch.matmul(x, y), x.matmul(y), x @ y, torch.matmul(input=x, other=y)
    matrices = (x.dim(), y.dim()) == (2, 2)
    return (*results, torch.mm(x, y), x.mm(y)) if matrices else results
result = accuracy(torch, x, y, device='xla:0')[0]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() complex128 xla:0 1j'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
