# products.exact: The product of vectors, matrices and batches of any dtype and layout is exact where its sums are, and an empty sum is zero.
# Found by the case 1: complex128 [1, 3] @ [3, 1], offset @ offset, then unsqueezed, all. Source: torch.matmul: vectors, matrices and batches, whose batch dimensions are broadcast (4 In [3]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex128, device='xla:0')
y = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def exact(torch, x, y, *, device):
    results = torch.matmul(x, y), x.matmul(y), x @ y, torch.matmul(input=x, other=y), x.matmul(other=y)
    matrices = (x.dim(), y.dim()) == (2, 2)
    return (*results, torch.mm(x, y), x.mm(y), torch.mm(input=x, mat2=y), x.mm(mat2=y)) if matrices else results
result = exact(torch, x, y, device='xla:0')[0]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() complex128 xla:0 1j'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
