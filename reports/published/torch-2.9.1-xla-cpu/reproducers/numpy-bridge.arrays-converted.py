# numpy-bridge.arrays-converted: An array of another dtype than the one asked for is converted element by element, not taken bit by bit, and stays as it is.
# Found by the case complex128 as complex128. Source: torch.tensor, torch.as_tensor: dtype is the desired data type of the returned tensor (2 In [8]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import numpy
import torch
import torch_xla
a = numpy.array([complex(0.0, 1.0)], dtype='<c16')
def arrays_converted(torch, a, *, device):
    tensor = torch.tensor(a, dtype=torch.complex128, device=device)
    return tensor
result = arrays_converted(torch, a, device='xla:0')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
