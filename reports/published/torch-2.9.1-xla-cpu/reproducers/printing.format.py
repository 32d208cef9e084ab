# printing.format: A 0-d tensor in an f-string takes the forms of its Python number, and prints as that number where none is given.
# Found by the case complex128 '.1e'. Source: torch.Tensor.item: a tensor of one element stands for its Python number; Tensor.__format__ passes a 0-d tensor's form on to it (3 In [11]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(complex(0.0, 1.0), dtype=torch.complex128, device='xla:0')
def formatted(torch, x, *, device):
    return format(x, '.1e')
result = formatted(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got, right = repr(result), "'0.0e+00+1.0e+00j'"
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
