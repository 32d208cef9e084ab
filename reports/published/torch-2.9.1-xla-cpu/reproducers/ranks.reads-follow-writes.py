# ranks.reads-follow-writes: What is read after a write is what was written, though it was read before too.
# Found by the case complex128 [] selected. Source: Tensor.tolist, Tensor.item: they read the tensor as it is when they are called (1 In [3]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(complex(0.0, 1.0), dtype=torch.complex128, device='xla:0')
def reads_follow_writes(torch, x, *, device):
    before = x.tolist()
    return before
result = reads_follow_writes(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got, right = repr(result), '1j'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
