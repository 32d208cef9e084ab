# indexing.number-writes: A number is written, converted to the tensor's dtype, to each element that the key selects and to no other.
# Found by the case bool [2, 2, 3, 2, 2] offset = 3, fill_. Source: torch.Tensor: the contents of a tensor can be accessed and modified using Python's indexing and slicing notation (5 In [17]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([True], dtype=torch.bool, device='xla:0')
def number_writes(torch, x, *, device):
    x[-2:,].fill_(0)
    return x
try:
    result = number_writes(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) bool xla:0 [False]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
