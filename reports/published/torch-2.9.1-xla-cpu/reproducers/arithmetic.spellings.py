# arithmetic.spellings: Each name of an operation, as a function and as a method, new, in place and into `out=`, with positions and with keywords, gives the same.
# Found by the case complex64 div. Source: torch.subtract, multiply, divide, true_divide: aliases; torch.add(input, other) (4 In [2]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
y = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
def spellings(torch, x, y, *, device):
    results = (torch.div(x, y), torch.div(input=x, other=y), torch.div(x, other=y), x.div(y), x.div(other=y))
    target = torch.full(x.shape, 7, dtype=results[0].dtype, device=device)
    into = torch.div(x, y, out=target)
    if results[0].dtype != x.dtype:
        return (*results, into, target)
    return into
result = spellings(torch, x, y, device='xla:0')
got = len(result) if type(result) is tuple else 1
right = 1
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
