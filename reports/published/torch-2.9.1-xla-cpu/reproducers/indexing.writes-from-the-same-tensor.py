# indexing.writes-from-the-same-tensor: A part of a tensor that is written into another part of it, be it one that shares elements with it, changes that part alone.
# Found by the case complex128 dense [...] = [1]. Source: Tensor Views: basic indexing gives a view, from which a write reads (5 In [17]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def writes_from_the_same_tensor(torch, x, *, device):
    return x
result = writes_from_the_same_tensor(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
