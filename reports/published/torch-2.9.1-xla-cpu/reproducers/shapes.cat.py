# shapes.cat: `cat` joins any number of tensors of any layout along any dim, promotes their dtypes, and refuses sizes that differ elsewhere.
# Found by the case bfloat16 of [2, 3] along -3, 6 from 2, named, 233. Source: torch.cat: tensors of the same shape except in dim, or empty vectors; dtypes are promoted (5 In [6]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
def cat(torch, x, *, device):
    tensors = [x]
    return torch.cat(tensors, 1)
try:
    got, ok = cat(torch, x, device='xla:0'), False
except BaseException as error:
    got, ok = f"{type(error).__name__}: {error}", isinstance(error, IndexError)
print("expected:", 'an IndexError', "\ngot:     ", got)
raise SystemExit(not ok)
