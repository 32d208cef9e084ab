# arithmetic.outputs: `out=` takes the result where it lies, be it one of the operands itself, and nothing beside it is written.
# Found by the case 47: complex128 mul tensor, offset, [2, 2, 2, 2, 3], right. Source: torch.add, sub, mul, div: out (Tensor, optional): the output tensor (4 In [2]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
y = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
target = torch.tensor([4.0], dtype=torch.complex128, device='xla:0')
def outputs(torch, x, y, target, *, device):
    return torch.mul(x, y, out=target)
result = outputs(torch, x, y, target, device='xla:0')
facts, got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device}", result.reshape(-1).tolist()
right = [[(complex(0.0, 1.0), 2.6656007498500226e-07)]]  # texts, (value, bound), or None for anything
ok = facts == '(1,) complex128 xla:0' and all(r is None or any(str(g) == one if type(one) is str else abs(g - one[0]) <= one[1] for one in r) for g, r in zip(got, right))
print("expected:", '(1,) complex128 xla:0', right, "\ngot:     ", facts, got)
raise SystemExit(not ok)
