# printing.suffixes: A suffix follows on the line of the last numbers where it fits into 80 characters, else on a new line under them.
# Found by the case complex128 1 [5] with gradient. Source: torch.set_printoptions: linewidth is 80; torch.Tensor: the dtype is printed where it is not the default of its kind (5 In [12]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def suffixes(torch, x, *, device):
    return x
result = suffixes(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = str(result)
right = "tensor([0.+1.j], device='xla:0', dtype=torch.complex128)"
print("expected:", repr(right), "\ngot:     ", repr(got))
raise SystemExit(not got == right)
