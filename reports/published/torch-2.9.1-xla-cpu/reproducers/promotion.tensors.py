# promotion.tensors: Two tensors with dimensions give the smallest dtype that holds both of theirs, and the operation's value in it.
# Found by the case bfloat16 div float16. Source: Type promotion: promote to a type with sufficient size and category to hold all dimensioned operands (5 In [12]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.bfloat16, device='xla:0')
y = torch.tensor([58.62], dtype=torch.float16, device='xla:0')
def tensors(torch, x, y, *, device):
    return torch.div(x, y)
result = tensors(torch, x, y, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) float32 xla:0 [0.017057569697499275]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
