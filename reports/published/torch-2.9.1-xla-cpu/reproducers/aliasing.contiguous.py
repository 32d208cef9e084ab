# aliasing.contiguous: `contiguous` gives the tensor itself where its elements lie row by row, and a copy in which they do elsewhere.
# Found by the case [1, 1] reversed dims: [-100:100]. Source: Tensor.contiguous: a contiguous tensor with the same data; the tensor itself if it is contiguous already (5 In [17]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
view = torch.tensor([True], dtype=torch.bool, device='xla:0')[-100:100]
def contiguous(torch, view, *, device):
    made = view.contiguous()
    return made
try:
    result = contiguous(torch, view, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) bool xla:0 [True]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
