# gradients.detach: `detach` gives a tensor without history that shares memory both ways, and lets no gradient through.
# Found by the case complex128 last two exchanged. Source: Tensor.detach: the result will never require gradient and shares the same storage with the original one (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def detach(torch, x, *, device):
    plain = x.detach()
    seen = plain.clone()
    return seen
result = detach(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
