# indexing.writes-at-ints-of-any-kind: NumPy's ints and 0-d integer tensors select, bound and step through what is written as the ints that they hold.
# Found by the case NumPy int16 -1, expanded. Source: Python's data model: __index__ gives the int that an object stands for in indexing; torch.Tensor: modified using Python's indexing and slicing not
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import numpy
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
i = numpy.int16(-1)
def writes_at_ints_of_any_kind(torch, x, i, *, device):
    results, step = ([], i * 0 + 2)
    bounds = (slice(i, None), slice(None, i), (slice(None), slice(i, None)), (slice(None, i), -1))
    for key in (i, (..., i), (i, 0), (0, i), *bounds, slice(None, None, step), (slice(1, None), slice(None, None, step))):
        numbered, copied, moved = (x.clone(), x.clone(), torch.zeros(x.shape, dtype=x.dtype, device=device))
        results.append((numbered, copied, moved))
    return results
result = writes_at_ints_of_any_kind(torch, x, i, device='xla:0')
result = (result[0] if type(result) is tuple else result)[0][0]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
