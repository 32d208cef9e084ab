# indexing.augmented-writes: `x[key] += y`, `-=`, `*=` and `/=` change the elements that the key selects, and no other.
# Found by the case float32 [1, 3] dense [None, 3:0:3, None, -3:-6] += number. Source: Tensor Views: in-place operations on a view change its base (5 In [17]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
def augmented_writes(torch, x, *, device):
    x[:-2,] += 0
    return x
try:
    result = augmented_writes(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) float32 xla:0 [1.0]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
