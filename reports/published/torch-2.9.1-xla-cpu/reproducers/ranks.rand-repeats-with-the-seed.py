# ranks.rand-repeats-with-the-seed: The same seed gives the same random numbers again, and one call after another gives others.
# Found by the case rand-with-a-seed. Source: the documents (5 In [18]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
def rand_with_a_seed(torch, *, device):
    torch.manual_seed(20)
    first = torch.rand((64, 32, 3), device=device)
    second = torch.rand((64, 32, 3), device=device)
    torch.manual_seed(20)
    again = torch.rand((64, 32, 3), device=device)
    first, second, again = first.cpu().numpy(), second.cpu().numpy(), again.cpu().numpy()
    return bool((first == again).all()), bool((first == second).all())
result = rand_with_a_seed(torch, device='xla:0')[0]
got, right = (type(result).__name__, repr(result)), ('bool', 'True')
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
