# ranks.item-types: `item()` of one element, in any shape and layout, is exactly its bool, int, float or complex number, by the dtype's kind.
# Found by the case complex128 [1, 1, 1] first two exchanged. Source: Tensor.item: returns the value of this tensor as a standard Python number (1 In [3]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def item_types(torch, x, *, device):
    return x.item()
result = item_types(torch, x, device='xla:0')
got, right = repr(result), '1j'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
