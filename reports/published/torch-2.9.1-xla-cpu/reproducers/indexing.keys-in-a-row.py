# indexing.keys-in-a-row: A key after a key selects from what the first one selected, and a write through both reaches the base.
# Found by the case float32 [1, 3] selected [-4:3][-1, -1]. Source: Tensor Views: a view of a view is a view of their base (5 In [17]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.float32, device='xla:0')
def keys_in_a_row(torch, x, *, device):
    before = x[-2:][0,].clone()
    return before
try:
    result = keys_in_a_row(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '() float32 xla:0 1.0'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
