# arithmetic.in-place: An operation in place writes its result, cast to the target's dtype, or is refused where the category would have to fall.
# Found by the case bool mul= int8 [9] method. Source: Type promotion: in place, the result must not be of a higher category than the tensor it is written to (4 In [2]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([True], dtype=torch.bool, device='xla:0')
y = torch.tensor([1], dtype=torch.int64, device='xla:0')
try:
    got, ok = x.mul_(y), False
except BaseException as error:
    got, ok = f"{type(error).__name__}: {error}", isinstance(error, RuntimeError)
raise SystemExit(0 if ok else 'expected: a RuntimeError' + f'\ngot:      {got}')
