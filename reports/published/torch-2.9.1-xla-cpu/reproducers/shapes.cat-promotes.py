# shapes.cat-promotes: `cat` gives the dtype to which its operands are promoted, empty ones included, with each element converted to it.
# Found by the case float64 [4] with complex128 [3]. Source: torch.cat, and torch.result_type over all tensors, empty ones included (5 In [6]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
y = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def cat_promotes(torch, x, y, *, device):
    return torch.cat([x, y], 0)
result = cat_promotes(torch, x, y, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(2,) complex128 xla:0 [(1+0j), 1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
