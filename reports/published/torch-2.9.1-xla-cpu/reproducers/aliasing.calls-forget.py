# aliasing.calls-forget: What an operation gives depends on its operands as they are, not on those of the call before, nor on what was written since through whatever name.
# Found by the case 45: div complex64 [2, 3, 3] over 0, every second, every second, detach. Source: Tensor Views: a view is a tensor of its own sizes, strides and offset; what an operation gives depen
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
def calls_forget(torch, x, *, device):
    results = []
    made = x.div(0)
    results.append(made)
    return tuple(results)
result = calls_forget(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
facts, got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device}", result.reshape(-1).tolist()
right = [['(inf+nanj)', '(nan+nanj)']]  # texts, (value, bound), or None for anything
ok = facts == '(1,) complex64 xla:0' and all(r is None or any(str(g) == one if type(one) is str else abs(g - one[0]) <= one[1] for one in r) for g, r in zip(got, right))
print("expected:", '(1,) complex64 xla:0', right, "\ngot:     ", facts, got)
raise SystemExit(not ok)
