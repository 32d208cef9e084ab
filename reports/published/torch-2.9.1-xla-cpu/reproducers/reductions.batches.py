# reductions.batches: What a reduction over the last dim gives for a row is what the row alone gives, and repeating it gives the same until an element is changed.
# Found by the case 14: float32 [17, 9], reversed dims, some. Source: torch.mean, torch.argmax: dim is what is reduced, and each row of the others is reduced by itself (4 In [4]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
from math import nan
import torch
import torch_xla
x = torch.tensor([[nan, 0.0]], dtype=torch.float32, device='xla:0')
def batches(torch, x, *, device):
    means, changed = (tuple((row.mean(-1) for row in x)), x.clone())
    largest = torch.cat([row.argmax(-1).unsqueeze(0) for row in x])
    results = (x.mean(-1), means, x.mean(-1), x.argmax(-1), largest, x.argmax(-1))
    return results
result = batches(torch, x, device='xla:0')[3]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) int64 xla:0 [0]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
