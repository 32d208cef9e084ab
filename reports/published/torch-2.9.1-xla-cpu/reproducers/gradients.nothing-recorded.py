# gradients.nothing-recorded: Each result that is made without recording requires no gradient, copies and views alike.
# Found by the case index of a leaf float32. Source: torch.no_grad: in this mode, the result of every computation will have requires_grad=False, even when the inputs have True (6 In [22]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.float32, device='xla:0').requires_grad_()
def nothing_recorded(torch, x, *, device):
    z = x.clone()
    with torch.no_grad():
        return z[0]
result = nothing_recorded(torch, x, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.requires_grad} {result.tolist()}"
right = '() float32 xla:0 False 1.0'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
