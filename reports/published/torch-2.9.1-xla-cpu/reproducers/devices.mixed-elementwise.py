# devices.mixed-elementwise: `+ - * /` of tensors on two devices is refused with a RuntimeError in every spelling and both ways, but for a 0-d one on the CPU.
# Found by the case + float32 [2, 3] with float32 [2, 3], x on the other device. Source: CUDA semantics: operations across devices are not allowed, with the exception of copy_() and methods like it (3
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.float32, device='cpu')
y = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
try:
    got, ok = x + y, False
except BaseException as error:
    got, ok = f"{type(error).__name__}: {error}", isinstance(error, RuntimeError)
raise SystemExit(0 if ok else 'expected: a RuntimeError' + f'\ngot:      {got}')
