# arithmetic.targets: An operation in place writes each element of its target where that lies, and nothing beside it.
# Found by the case 45: complex128 sub number, columns, [2, 1, 2, 3]. Source: Tensor.add_, sub_, mul_, div_: the in-place version; Tensor Views: a write to a view is a write to its base (4 In [2]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
base = torch.tensor([1.0], dtype=torch.complex128, device='xla:0')
x = base
def targets(torch, base, x, *, device):
    returned = x.sub_(complex(0.0, 1.0))
    by_method = base.clone()
    return by_method
result = targets(torch, base, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [(1-1j)]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
