# printing.repr: `repr` and `str` of a tensor are the same, in a list too, and both are its printed form.
# Found by the case complex128 []. Source: torch.set_printoptions: the examples show a tensor's repr in the form that print shows (1 In [3]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(complex(0.0, 1.0), dtype=torch.complex128, device='xla:0')
def spelled(torch, x, *, device):
    return repr(x)
result = spelled(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got, right = repr(result), '"tensor(0.+1.j, device=\'xla:0\', dtype=torch.complex128)"'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
