# promotion.numpy-numbers: A NumPy scalar counts as the Python number that it holds.
# Found by the case complex64 [35] div numpy.int32(-2). Source: torch.add: other (Tensor or Number), and NumPy's scalars are registered as numbers.Number (1 In [4]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import numpy
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
y = numpy.int32(-2)
def numpy_numbers(torch, x, y, *, device):
    return torch.div(x, y)
result = numpy_numbers(torch, x, y, device='xla:0')
facts, got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device}", result.reshape(-1).tolist()
right = [[(complex(-0.5, -0.0), 5.364418029785156e-07)]]  # texts, (value, bound), or None for anything
ok = facts == '(1,) complex64 xla:0' and all(r is None or any(str(g) == one if type(one) is str else abs(g - one[0]) <= one[1] for one in r) for g, r in zip(got, right))
print("expected:", '(1,) complex64 xla:0', right, "\ngot:     ", facts, got)
raise SystemExit(not ok)
