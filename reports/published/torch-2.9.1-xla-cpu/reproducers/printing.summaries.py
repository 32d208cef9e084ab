# printing.summaries: Of more than 1000 elements each dimension of more than six items shows three at either end, all in the form of those shown.
# Found by the case 11: complex128 [2, 501, 1], last of the beginning of dim 1. Source: torch.set_printoptions: threshold 1000 triggers summarization; edgeitems 3 at the beginning and end of each dime
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def summaries(torch, x, *, device):
    return x
result = summaries(torch, x, device='xla:0')
result = result[0] if type(result) is tuple else result
got = str(result)
right = "tensor([0.+1.j], device='xla:0', dtype=torch.complex128)"
print("expected:", repr(right), "\ngot:     ", repr(got))
raise SystemExit(not got == right)
