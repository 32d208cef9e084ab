# aliasing.subnormals: Subnormal numbers stay what they are where they are viewed, copied, joined and written.
# Found by the case float16 [3, 4] last two exchanged. Source: torch.clone, torch.cat, Tensor.copy_: the elements as they are; torch.set_flush_denormal: by default denormal numbers are not flushed (5 
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float32, device='xla:0')
def subnormals(torch, x, *, device):
    copies = (x.clone(), x.contiguous(), x.reshape(-1).clone(), torch.cat([x, x], 1), x.t().contiguous(), x[:, 1::2].clone(), x.to(x.dtype, copy=True))
    target = torch.full(x.shape, 7, dtype=x.dtype, device=device)
    x[-1, 0] = target[0, 0].item()
    return copies
result = subnormals(torch, x, device='xla:0')[4]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(2, 2) float32 xla:0 [[1.0, 3.0], [2.0, 4.0]]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
