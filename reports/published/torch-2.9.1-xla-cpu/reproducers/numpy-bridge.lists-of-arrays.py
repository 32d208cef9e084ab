# numpy-bridge.lists-of-arrays: Arrays in a list make a tensor with one more dimension, of their dtype; those of two dtypes are promoted.
# Found by the case complex128 C order. Source: torch.tensor: data can be a list, a NumPy ndarray; dtype, if None, is inferred from data (2 In [8]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import numpy
import torch
import torch_xla
a = numpy.array([1.0], dtype='<c16')
b = numpy.array([complex(0.0, 1.0)], dtype='<c16')
def lists_of_arrays(torch, a, b, *, device):
    return torch.tensor([a, b], device=device)
result = lists_of_arrays(torch, a, b, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(2, 1) complex128 xla:0 [[(1+0j)], [1j]]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
