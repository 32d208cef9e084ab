# reductions.mean-outputs: `out=` takes a mean where it lies, and nothing beside it is written.
# Found by the case 1: complex64 [4, 8] over -1, dense. Source: torch.mean: out (Tensor, optional): the output tensor (4 In [4]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([[1.0]], dtype=torch.complex64, device='xla:0')
target = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
def mean_outputs(torch, x, target, *, device):
    return torch.mean(x, 0, False, out=target)
try:
    result = mean_outputs(torch, x, target, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex64 xla:0 [(1+0j)]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
