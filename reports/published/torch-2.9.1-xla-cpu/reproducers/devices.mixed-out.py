# devices.mixed-out: A result whose `out=` lies on another device than an operand is refused with a RuntimeError, and `out` keeps its values.
# Found by the case add out float32 [2, 3] into [2, 3], z on the other device. Source: CUDA semantics: operations across devices are not allowed, with the exception of copy_() and methods like it (3 I
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
y = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
z = torch.tensor([1.0], dtype=torch.float32, device='cpu')
def mixed_out(torch, x, y, z, *, device, other_device):
    name = 'add out'.partition(' ')[0]
    return getattr(torch, name)(x, y, out=z)
try:
    got, ok = mixed_out(torch, x, y, z, device='xla:0', other_device='cpu'), False
except BaseException as error:
    got, ok = f"{type(error).__name__}: {error}", isinstance(error, RuntimeError)
print("expected:", 'a RuntimeError', "\ngot:     ", got)
raise SystemExit(not ok)
