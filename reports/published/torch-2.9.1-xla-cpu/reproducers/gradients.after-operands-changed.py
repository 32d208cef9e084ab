# gradients.after-operands-changed: The same calculation has the gradients of the values that its operands hold each time, however they were changed in between.
# Found by the case square, no_grad, float32. Source: Autograd mechanics: the graph is recreated from scratch at every iteration (6 In [22]).
# torch 2.9.1+cu128 on xla:0; written by hand, since the case passes in a process of its own: another program must have been computed before
import torch
import torch_xla
x = torch.tensor([1.0, -1.0, 3.0], dtype=torch.float32, device='xla:0')
y = torch.tensor([-1.0, 1.0, 2.0], dtype=torch.float32, device='xla:0')
before = (x * y + x * y).tolist()
got, right = (x * x + y * y).tolist(), [2.0, 2.0, 13.0]
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
