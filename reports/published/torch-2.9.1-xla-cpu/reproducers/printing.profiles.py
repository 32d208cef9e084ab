# printing.profiles: A profile puts every option back to its own value, whatever was set before.
# Found by the case full: complex128 [8, 126], middle. Source: torch.set_printoptions: profile: sane defaults for pretty printing, any one of default, short, full; sci_mode None is chosen by the frame
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(5.0, 3.0)], dtype=torch.complex128, device='xla:0')
def profiles(torch, x, *, device):
    return str(x).replace(',  ...,', ', ...,')
result = profiles(torch, x, device='xla:0')
got, right = repr(result), '"tensor([5.+3.j], device=\'xla:0\', dtype=torch.complex128)"'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
