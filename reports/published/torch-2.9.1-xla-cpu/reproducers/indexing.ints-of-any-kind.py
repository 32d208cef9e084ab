# indexing.ints-of-any-kind: NumPy's ints and 0-d integer tensors select, bound and step as the ints that they hold.
# Found by the case NumPy int16 -1, expanded. Source: Python's data model: __index__ gives the int that an object stands for in indexing; torch.Tensor: Python's indexing and slicing notation (2 In [9]
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import numpy
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
i = numpy.int16(-1)
def ints_of_any_kind(torch, x, i, *, device):
    return x[i]
result = ints_of_any_kind(torch, x, i, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() complex128 xla:0 1j'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
