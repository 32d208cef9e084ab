# products.mixed-dtypes: A matrix product of two dtypes is refused with a RuntimeError: nothing is promoted.
# Found by the case uint8 @ int8 method. Source: Type promotion names arithmetic operations; mm and matmul expect both tensors to have the same dtype (4 In [3]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1], dtype=torch.int64, device='xla:0')
y = torch.tensor([1], dtype=torch.int8, device='xla:0')
try:
    got, ok = x @ y, False
except BaseException as error:
    got, ok = f"{type(error).__name__}: {error}", isinstance(error, RuntimeError)
raise SystemExit(0 if ok else 'expected: a RuntimeError' + f'\ngot:      {got}')
