# reductions.mean-accuracy: The mean of arbitrary numbers, however many, lies within the bound of sums in its dtype, half types being added up in float32.
# Found by the case 0: complex128 large [2, 1, 3] over 1, every second. Source: torch.mean; PyTorch's notes on numerical accuracy: half types are added up in single precision (4 In [4]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
def mean_accuracy(torch, x, *, device):
    return x.mean(0)
try:
    result = mean_accuracy(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() complex64 xla:0 (1+0j)'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
