# indexing.several-writes: Several writes in a row each leave what was written elsewhere as it was, whether the tensor is read between them or not.
# Found by the case complex128 [3, 4] offset, then reversed dims. Source: torch.Tensor: the contents of a tensor can be modified using Python's indexing and slicing notation (5 In [17]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def several_writes(torch, x, *, device):
    return x
result = several_writes(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
