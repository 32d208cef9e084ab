# indexing.tensor-writes: A tensor is written, broadcast and converted to the target's dtype, to the elements that the key selects and to no other.
# Found by the case uint8 = int32 1, [3, 0, 2] middle stepped [None, ..., :-1:2, None, 1] = [0, 1]. Source: torch.Tensor: modified using indexing and slicing; Tensor.copy_: src is broadcast, and may b
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([], dtype=torch.int64, device='xla:0')
value = torch.tensor([], dtype=torch.int64, device='xla:0')
def tensor_writes(torch, x, value, *, device):
    x[:-1,] = value
    return x
try:
    result = tensor_writes(torch, x, value, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(0,) int64 xla:0 []'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
