# indexing.rows-are-views: A tensor is walked row by row, each row is a view, and one without dimensions can't be walked.
# Found by the case complex128 [3, 1, 5] selected. Source: Tensor Views: unbind and basic indexing give views; a tensor is walked as x[0], x[1], ... (2 In [9]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
base = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
x = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
def rows_are_views(torch, base, x, *, device):
    rows = list(x)
    if rows:
        first, *others = x
        return (len(x), len(rows), *rows, first, *others, x, base)
    return len(x)
result = rows_are_views(torch, base, x, device='xla:0')[5]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
