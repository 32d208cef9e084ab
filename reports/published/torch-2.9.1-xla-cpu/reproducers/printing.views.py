# printing.views: A view of a view prints its own elements, a single element as a 0-d tensor.
# Found by the case complex128 flattened. Source: Tensor Views: a view tensor is used like any other; torch.set_printoptions (5 In [19]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def views(torch, x, *, device):
    return x
result = views(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = str(result)
right = "tensor([0.+1.j], device='xla:0', dtype=torch.complex128)"
print("expected:", repr(right), "\ngot:     ", repr(got))
raise SystemExit(not got == right)
