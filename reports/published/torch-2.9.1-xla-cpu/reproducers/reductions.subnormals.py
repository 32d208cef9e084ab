# reductions.subnormals: `argmax` tells subnormal numbers from each other and from zero.
# Found by the case bfloat16 [4, 17] over -1. Source: torch.argmax: the index of the maximum; torch.set_flush_denormal: by default denormal numbers are not flushed (4 In [5]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([0.0, 1.00101e-38], dtype=torch.bfloat16, device='xla:0')
def subnormals(torch, x, *, device):
    return torch.argmax(x, 0)
result = subnormals(torch, x, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() int64 xla:0 1'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
