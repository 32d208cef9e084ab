# promotion.complex-to-bool: A complex number is True unless both of its parts are zero.
# Found by the case complex64 to bool. Source: Tensor.bool is to(torch.bool); since pull request 121803 both parts count, before it the imaginary part was discarded with a warning (5 In [12]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def complex_to_bool(torch, x, *, device):
    return x.to(torch.bool)
result = complex_to_bool(torch, x, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) bool xla:0 [True]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
