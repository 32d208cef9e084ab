# devices.cpu-indices: An index tensor of the CPU reads and writes a tensor on the device as one there does, and the elements lie on the device.
# Found by the case x[y] of complex128 [3] at bool [True, False, True]. Source: ATen's TensorAdvancedIndexing: indices should be either on cpu or on the same device as the indexed tensor (3 In [12]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def cpu_indices(torch, x, *, device, other_device):
    return x
result = cpu_indices(torch, x, device='xla:0', other_device='cpu')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
