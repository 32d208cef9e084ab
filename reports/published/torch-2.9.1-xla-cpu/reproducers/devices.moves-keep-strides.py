# devices.moves-keep-strides: A tensor that is dense and does not overlap keeps its strides on the way to the device and on the way back.
# Found by the case complex128 [2, 3, 4, 5] as [0, 2, 3, 1] behind an offset. Source: torch.preserve_format: of a dense tensor that does not overlap, the strides are copied (3 In [11]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='cpu')
def moves_keep_strides(torch, x, *, device, other_device):
    moved = x.to(device)
    return moved
result = moves_keep_strides(torch, x, device='xla:0', other_device='cpu')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
