# promotion.zero-dim: A 0-d tensor raises the dtype of a tensor with dimensions only where its category is higher.
# Found by the case dimensioned bool div zero-dim complex64. Source: Type promotion: a zero-dim operand counts only where its category is higher than the dimensioned ones' (5 In [12]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(True, dtype=torch.bool, device='xla:0')
y = torch.tensor(1.0, dtype=torch.complex64, device='xla:0')
def zero_dim(torch, x, y, *, device):
    return torch.div(x, y)
result = zero_dim(torch, x, y, device='xla:0')
facts, got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device}", result.reshape(-1).tolist()
right = [[(complex(1.0, 0.0), 1.0728836059570312e-06)]]  # texts, (value, bound), or None for anything
ok = facts == '() complex64 xla:0' and all(r is None or any(str(g) == one if type(one) is str else abs(g - one[0]) <= one[1] for one in r) for g, r in zip(got, right))
print("expected:", '() complex64 xla:0', right, "\ngot:     ", facts, got)
raise SystemExit(not ok)
