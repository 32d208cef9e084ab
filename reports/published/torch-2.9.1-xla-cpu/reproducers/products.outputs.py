# products.outputs: `out=` takes a product where it lies, and nothing beside it is written.
# Found by the case 0: complex128 [2, 3] @ [3, 4], offset, then reversed dims, mm keywords. Source: torch.mm, torch.matmul: out (Tensor, optional): the output tensor (4 In [3]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([[complex(4.0, 1.0)]], dtype=torch.complex128, device='xla:0')
y = torch.tensor([[complex(3.0, 1.0)]], dtype=torch.complex128, device='xla:0')
target = torch.tensor([[1.0]], dtype=torch.complex128, device='xla:0')
def outputs(torch, x, y, target, *, device):
    return torch.matmul(x, y, out=target)
result = outputs(torch, x, y, target, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1, 1) complex128 xla:0 [[(11+7j)]]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
