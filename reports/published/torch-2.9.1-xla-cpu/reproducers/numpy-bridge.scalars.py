# numpy-bridge.scalars: NumPy scalars, alone and in lists, keep their dtype; those of two dtypes are promoted.
# Found by the case complex128 and complex128. Source: torch.tensor: data can be a NumPy ndarray or a scalar; dtype, if None, is inferred from data (2 In [8]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import numpy
import torch
import torch_xla
x = numpy.complex128(complex(-2.5, 1.7742123564344214))
def scalars(torch, x, *, device):
    return torch.tensor(x, device=device)
result = scalars(torch, x, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() complex128 xla:0 (-2.5+1.7742123564344214j)'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
