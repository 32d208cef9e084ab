# promotion.numbers: A Python number on either side never raises a tensor's dtype within its category.
# Found by the case bool [] div 1, selected. Source: Type promotion: a Python number counts only where its category is higher than the tensors' (1 In [4]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(True, dtype=torch.bool, device='xla:0')
def numbers(torch, x, *, device):
    written = (x / 0, 0 / x)
    return (x.div(0), *written)
try:
    result = numbers(torch, x, device='xla:0')
    str((result, x))
    result = result[0]
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() float32 xla:0 inf'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
