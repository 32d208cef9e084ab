# devices.mixed-in-place: An operation in place on tensors of two devices is refused with a RuntimeError both ways, and the target keeps its values.
# Found by the case += float32 [2, 3] with float32 [2, 3], x on the other device. Source: CUDA semantics: operations across devices are not allowed, with the exception of copy_() and methods like it (
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.float32, device='cpu')
y = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
def mixed_in_place(torch, x, y, *, device, other_device):
    x += y
    return x
try:
    got, ok = mixed_in_place(torch, x, y, device='xla:0', other_device='cpu'), False
except BaseException as error:
    got, ok = f"{type(error).__name__}: {error}", isinstance(error, RuntimeError)
print("expected:", 'a RuntimeError', "\ngot:     ", got)
raise SystemExit(not ok)
