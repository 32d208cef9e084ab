# ranks.rand-values: `rand` gives the shape and dtype asked for, and every value from 0 up to, not including, 1; they are not all equal.
# Found by the case [32769] bfloat16. Source: torch.rand: random numbers from a uniform distribution on the interval [0, 1); size one by one or as a collection (5 In [18]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
torch.manual_seed(0)
def rand_values(torch, *, device):
    x = torch.rand((4096,), dtype=torch.bfloat16, device=device)
    values = x.view(-1).tolist()
    inside = all((0 <= one < 1 for one in values))
    return inside
result = rand_values(torch, device='xla:0')
result = result[0] if type(result) is tuple else result
got, right = repr(result), 'True'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
