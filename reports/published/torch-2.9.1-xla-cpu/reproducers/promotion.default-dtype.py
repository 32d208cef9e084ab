# promotion.default-dtype: Quotients of integers, and integers with Python floats, are of the default dtype, whichever it is set to, and with complex numbers of the complex one of it.
# Found by the case float16 is the default: bool [35] div, reflected, float32. Source: torch.set_default_dtype: the dtype that Python floats are inferred as, and the result of integers divided (5 In [
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([True], dtype=torch.bool, device='xla:0')
def default_dtype(torch, x, *, device):
    results = []
    results.append(0 / x)
    return tuple(results)
try:
    result = default_dtype(torch, x, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) float32 xla:0 [0.0]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
