# indexing.usable-after-a-refusal: After a key or a write was refused, the tensor is what it was, and is read and written as before.
# Found by the case complex128 columns [0, 0, 0] = []. Source: Python's exceptions: whoever catches one goes on; Tensor.copy_: a source that can't be broadcast is refused before it is read (5 In [17])
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def usable_after_a_refusal(torch, x, *, device):
    before = x.clone()
    return before
result = usable_after_a_refusal(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
