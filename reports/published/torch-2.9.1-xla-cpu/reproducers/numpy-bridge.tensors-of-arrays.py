# numpy-bridge.tensors-of-arrays: `tensor` of an array has its dtype, shape and elements, however the array lies in memory.
# Found by the case complex128 [1] every second. Source: torch.tensor: data can be a NumPy ndarray; dtype, if None, is inferred from data (2 In [8]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import numpy
import torch
import torch_xla
a = numpy.array([complex(0.0, 1.0)], dtype='<c16')
def tensors_of_arrays(torch, a, *, device):
    return torch.tensor(a, device=device)
result = tensors_of_arrays(torch, a, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
