# indexing.keys-of-any-rank: Any mix of ints, slices, None and one ellipsis selects from a tensor of any rank, layout and dtype.
# Found by the case [5] columns 11. Source: Tensor Views: basic slicing and indexing give a view; an ellipsis stands for the dimensions left, None for a new one (2 In [11]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def keys_of_any_rank(torch, x, *, device):
    return tuple((x[key] for key in [0]))
result = keys_of_any_rank(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() complex128 xla:0 1j'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
