# products.shapes-that-differ: Products of inner or batch sizes that differ, of 0-d tensors and of bools are refused with a RuntimeError.
# Found by the case bool operator. Source: torch.matmul: the inner sizes must agree and the batch sizes be broadcastable (4 In [3]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([True], dtype=torch.bool, device='xla:0')
y = torch.tensor([True], dtype=torch.bool, device='xla:0')
try:
    got, ok = x @ y, False
except BaseException as error:
    got, ok = f"{type(error).__name__}: {error}", isinstance(error, RuntimeError)
raise SystemExit(0 if ok else 'expected: a RuntimeError' + f'\ngot:      {got}')
