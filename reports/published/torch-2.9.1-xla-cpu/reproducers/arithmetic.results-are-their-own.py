# arithmetic.results-are-their-own: A result shares no memory with its operands, nor with another result, and follows its operands as they are at the call.
# Found by the case complex64 div 1 []. Source: torch.add, sub, mul, div: returns a new tensor (4 In [2]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(1.0, dtype=torch.complex64, device='xla:0')
y = torch.tensor(1.0, dtype=torch.complex64, device='xla:0')
def results_are_their_own(torch, x, y, *, device):
    first, second, own = (torch.div(x, y), torch.div(x, y), torch.div(x, x))
    return first
result = results_are_their_own(torch, x, y, device='xla:0')
result = result[0] if type(result) is tuple else result
facts, got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device}", result.reshape(-1).tolist()
right = [[(complex(1.0, 0.0), 1.0728836059570312e-06)]]  # texts, (value, bound), or None for anything
ok = facts == '() complex64 xla:0' and all(r is None or any(str(g) == one if type(one) is str else abs(g - one[0]) <= one[1] for one in r) for g, r in zip(got, right))
print("expected:", '() complex64 xla:0', right, "\ngot:     ", facts, got)
raise SystemExit(not ok)
