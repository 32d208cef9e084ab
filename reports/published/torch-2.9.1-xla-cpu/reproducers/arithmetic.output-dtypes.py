# arithmetic.output-dtypes: `out=` of another dtype takes the result cast to it, or is refused with a RuntimeError where the category would have to fall.
# Found by the case uint8 sub uint8 into bool. Source: Type promotion: an integral output tensor can't accept a floating tensor, nor a boolean one an integral, nor a real one a complex (4 In [2]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1], dtype=torch.int64, device='xla:0')
y = torch.tensor([1], dtype=torch.int64, device='xla:0')
target = torch.tensor([True], dtype=torch.bool, device='xla:0')
def output_dtypes(torch, x, y, target, *, device):
    torch.sub(x, y, out=target)
    return target
try:
    got, ok = output_dtypes(torch, x, y, target, device='xla:0'), False
except BaseException as error:
    got, ok = f"{type(error).__name__}: {error}", isinstance(error, RuntimeError)
print("expected:", 'a RuntimeError', "\ngot:     ", got)
raise SystemExit(not ok)
