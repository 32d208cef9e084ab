# arithmetic.calls-in-a-row: What an operation with a number gives does not depend on the numbers of the calls before it.
# Found by the case 3: bool [6] div (3, (1+2j), 3.0) function. Source: Type promotion: of the operands of each operation alone (1 In [4]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([True], dtype=torch.bool, device='xla:0')
def calls_in_a_row(torch, x, *, device):
    results = []
    results.append(torch.div(x, complex(0.0, 1.0)))
    return tuple(results)
result = calls_in_a_row(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
facts, got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device}", result.reshape(-1).tolist()
right = [[(complex(0.0, -1.0), 1.0728836059570312e-06)]]  # texts, (value, bound), or None for anything
ok = facts == '(1,) complex64 xla:0' and all(r is None or any(str(g) == one if type(one) is str else abs(g - one[0]) <= one[1] for one in r) for g, r in zip(got, right))
print("expected:", '(1,) complex64 xla:0', right, "\ngot:     ", facts, got)
raise SystemExit(not ok)
