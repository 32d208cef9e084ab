# reductions.refused: A dim out of range and the largest of no element are refused with an IndexError, a dim named twice with a RuntimeError.
# Found by the case mean of [2, 3] over 2, method. Source: torch.mean, torch.argmax: dim in the range of the dimensions (IndexError), named once; a largest element of at least one (IndexError) (4 In [
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
def refused(torch, x, *, device):
    return x.mean(1, False)
try:
    got, ok = refused(torch, x, device='xla:0'), False
except BaseException as error:
    got, ok = f"{type(error).__name__}: {error}", isinstance(error, IndexError)
print("expected:", 'an IndexError', "\ngot:     ", got)
raise SystemExit(not ok)
