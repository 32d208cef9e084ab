# ranks.iteration: Iteration gives the slices along the first dimension, in order; a 0-d tensor has none, which is a TypeError.
# Found by the case complex128 [2, 3, 4] last two exchanged. Source: torch.unbind: all slices along a dimension, already without it; Python's data model: what can't be iterated is a TypeError (1 prose
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def iteration(torch, x, *, device):
    return list(iter(x))
result = iteration(torch, x, device='xla:0')
result = (result[0] if type(result) is tuple else result)[0]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() complex128 xla:0 1j'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
