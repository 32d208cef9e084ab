# printing.options: `set_printoptions` changes the options that are given, after those of the profile, and leaves the others as they were.
# Found by the case 12: dense, default, 120, 8, 6, 5, 5, middle, complex128. Source: torch.set_printoptions: precision, threshold, edgeitems, linewidth, profile; an option that is given overrides the 
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(4.0, 6.0)], dtype=torch.complex128, device='xla:0')
def options(torch, x, *, device):
    return str(x).replace(',  ...,', ', ...,')
result = options(torch, x, device='xla:0')
got, right = repr(result), '"tensor([4.+6.j], device=\'xla:0\', dtype=torch.complex128)"'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
