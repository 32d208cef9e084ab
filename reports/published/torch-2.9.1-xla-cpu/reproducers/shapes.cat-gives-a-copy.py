# shapes.cat-gives-a-copy: The result of `cat` shares no memory with any operand, even a single one.
# Found by the case complex128 2 from 0 of [[2, 3, 2]] along -1. Source: torch.cat is no view operation: its result has memory of its own (Tensor Views) (5 In [6]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def cat_gives_a_copy(torch, x, *, device):
    tensors = [x]
    made = torch.cat(tensors, 0)
    before = made.clone()
    return before
result = cat_gives_a_copy(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
