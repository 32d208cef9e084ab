# printing.complex: Complex numbers print the real and the imaginary part each in the form of its own part of the tensor.
# Found by the case complex128 exponents and signed [2, 2, 3]. Source: torch.set_printoptions: precision; a complex tensor prints its real and imaginary parts as floats, joined by the sign and followe
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def complex_numbers(torch, x, *, device):
    return x
result = complex_numbers(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = str(result)
right = "tensor([0.+1.j], device='xla:0', dtype=torch.complex128)"
print("expected:", repr(right), "\ngot:     ", repr(got))
raise SystemExit(not got == right)
