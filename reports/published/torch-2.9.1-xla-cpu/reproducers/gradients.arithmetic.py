# gradients.arithmetic: The gradients of `+ - * /` are exact, and have the shape and dtype of their operand however it was broadcast and lies in memory.
# Found by the case complex128 [2, 3] sub complex128 [3] (columns, expanded, columns), right, method. Source: Autograd mechanics: gradients of each operand by the chain rule; Broadcasting semantics; n
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([1.0], dtype=torch.complex64, device='xla:0')
y = torch.tensor([complex(0.0, 2.0)], dtype=torch.complex128, device='xla:0').requires_grad_()
gradient = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex64, device='xla:0')
def arithmetic(torch, x, y, gradient, *, device):
    z = x.sub(y)
    z.backward(gradient)
    return y.grad
result = arithmetic(torch, x, y, gradient, device='xla:0')
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(1,) complex128 xla:0 [(-0-1j)]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
