# devices.moves-make-dense: A tensor with gaps or repeated elements comes to the device and back as a dense one, its dimensions in the same order.
# Found by the case complex128 [7] expanded. Source: torch.preserve_format: otherwise output strides follow torch.contiguous_format (3 In [11]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='cpu')
def moves_make_dense(torch, x, *, device, other_device):
    moved = x.to(device)
    return moved
result = moves_make_dense(torch, x, device='xla:0', other_device='cpu')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
