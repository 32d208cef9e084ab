# devices.copies-cross: `copy_` and the assignment of a slice write across devices, converted and broadcast, and leave each tensor where it is.
# Found by the case float32 [] into uint8 [3, 5] on the device, copy_. Source: Tensor.copy_: src may be of a different data type or reside on a different device; CUDA semantics: copy_() is the excepti
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1], dtype=torch.int64, device='xla:0')
y = torch.tensor(1.0, dtype=torch.float32, device='cpu')
def copies_cross(torch, x, y, *, device, other_device):
    x.copy_(y)
    return x
try:
    result = copies_cross(torch, x, y, device='xla:0', other_device='cpu')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) int64 xla:0 [1]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
