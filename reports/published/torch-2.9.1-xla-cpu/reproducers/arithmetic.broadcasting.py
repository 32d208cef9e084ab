# arithmetic.broadcasting: Operands of different shapes are broadcast: sizes are equal, 1, or missing, counted from the last dimension.
# Found by the case 31: complex64 [1, 1] div [3, 2], expanded last and offset. Source: Broadcasting semantics: dimensions of size 1 are expanded, and missing ones are taken as 1 (1 In [4]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
y = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
def broadcasting(torch, x, y, *, device):
    return torch.div(x, y)
result = broadcasting(torch, x, y, device='xla:0')
facts, got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device}", result.reshape(-1).tolist()
right = [[(complex(1.0, 0.0), 1.0728836059570312e-06)]]  # texts, (value, bound), or None for anything
ok = facts == '(1,) complex64 xla:0' and all(r is None or any(str(g) == one if type(one) is str else abs(g - one[0]) <= one[1] for one in r) for g, r in zip(got, right))
print("expected:", '(1,) complex64 xla:0', right, "\ngot:     ", facts, got)
raise SystemExit(not ok)
