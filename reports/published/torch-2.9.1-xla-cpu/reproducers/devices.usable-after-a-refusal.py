# devices.usable-after-a-refusal: After any refusal has been caught the library gives right results on both devices, and the operands are what they were.
# Found by the case + float32 [2, 3] with float32 [2, 3], x on the other device. Source: Python's exceptions: whoever catches one goes on; CUDA semantics: the refused operation has not begun (3 In [12
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.float32, device='cpu')
y = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
def usable_after_a_refusal(torch, x, y, *, device, other_device):
    refused = False
    try:
        x + y
    except RuntimeError:
        refused = True
    return refused
result = usable_after_a_refusal(torch, x, y, device='xla:0', other_device='cpu')
result = result[0] if type(result) is tuple else result
got, right = repr(result), 'True'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
