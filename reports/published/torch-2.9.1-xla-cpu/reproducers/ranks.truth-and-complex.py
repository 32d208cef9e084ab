# ranks.truth-and-complex: `bool` of one element says whether it is other than zero, NaN included; `complex` keeps both parts.
# Found by the case complex128 [1, 1, 1] block. Source: torch.is_nonzero: whether the input is a single element tensor which is not equal to zero; NaN is not (1 In [3]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def truth_and_complex(torch, x, *, device):
    return complex(x)
result = truth_and_complex(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got, right = repr(result), '1j'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
