# devices.arrays-arrive: A NumPy array of any dtype and strides arrives on the device with its elements, at once or by way of `from_numpy`, as a copy.
# Found by the case complex128 dense. Source: torch.tensor: data can be a NumPy ndarray; device: the device of the constructed tensor; torch.from_numpy, Tensor.to (3 In [11]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import numpy
import torch
import torch_xla
array = numpy.array([complex(0.0, 1.0)], dtype='<c16')
def arrays_arrive(torch, array, *, device, other_device):
    made = torch.tensor(array, device=device)
    return made
result = arrays_arrive(torch, array, device='xla:0', other_device='cpu')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
