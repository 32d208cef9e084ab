# ranks.as-tensor: `as_tensor` gives a tensor of the dtype back itself, and converts one of another dtype, as `tensor` does in a copy.
# Found by the case complex64 [2, 3, 4] selected as complex128. Source: torch.as_tensor: if data is already a tensor with the requested dtype and device then data itself is returned (1 In [5]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def as_tensor(torch, x, *, device):
    same = torch.as_tensor(x)
    copied = torch.tensor(x, dtype=torch.complex128, device=device)
    results = (same is x, same.clone(), torch.as_tensor(x, dtype=torch.complex128).clone(), copied)
    return results
result = as_tensor(torch, x, device='xla:0')[2]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
