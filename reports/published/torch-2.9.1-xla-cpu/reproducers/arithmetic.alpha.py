# arithmetic.alpha: `alpha` is a factor before the second operand of a sum or a difference, in place and into either operand too.
# Found by the case int32 sub 2 * complex128 [4]. Source: torch.add, torch.sub: out = input + alpha * other, input - alpha * other (4 In [2]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([3], dtype=torch.int64, device='xla:0')
y = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def alpha_factor(torch, x, y, *, device):
    results = (torch.sub(x, y, alpha=1), x.sub(y, alpha=1), torch.sub(input=x, other=y, alpha=1), x.sub(other=y, alpha=1))
    if results[0].dtype != x.dtype:
        return results
    target, into, second = (x.clone(), x.clone(), x.clone())
    return target
result = alpha_factor(torch, x, y, device='xla:0')[0]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [(3-1j)]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
