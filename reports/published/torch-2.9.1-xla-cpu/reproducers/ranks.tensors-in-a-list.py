# ranks.tensors-in-a-list: 0-d tensors in a list make a tensor of their values, of the dtype that theirs promote to.
# Found by the case complex128 and complex128. Source: torch.tensor: data can be a list, tuple, ..., and other types; 0-d tensors count as the numbers they hold, of their dtype (1 In [5]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(1.0, dtype=torch.complex64, device='xla:0')
y = torch.tensor(complex(0.0, 1.0), dtype=torch.complex128, device='xla:0')
def tensors_in_a_list(torch, x, y, *, device):
    pairs = (torch.tensor([x, y], device=device), torch.tensor([y, x], device=device), torch.tensor([[x, y], [y, x]], device=device))
    return pairs
result = tensors_in_a_list(torch, x, y, device='xla:0')[0]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(2,) complex128 xla:0 [(1+0j), 1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
