# aliasing.view-chains: A chain of view operations shows the base's elements with the shape and strides that its steps give.
# Found by the case [3, 2, 2, 2] dense: [...]; [-100:100]; [:, 1]; [:, :, :, 1:]; [:, None, ..., None]; view(-1). Source: Tensor Views: a view shares its base's data, seen through its own shape and st
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
other = torch.tensor([1], dtype=torch.int64, device='xla:0')[-100:100]
def view_chains(torch, other, *, device):
    return other
try:
    result = view_chains(torch, other, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) int64 xla:0 [1]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
