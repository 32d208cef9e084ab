# ranks.rand-generator: A generator of its own repeats with its own seed, whatever is drawn elsewhere, and leaves the default one alone.
# Found by the case 1 float16 seed 0. Source: torch.rand(generator=): a pseudorandom number generator for sampling; torch.Generator.manual_seed sets its seed (5 In [18]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
def rand_generator(torch, *, device):
    plain = torch.rand((0,), dtype=torch.float16, device=device).tolist()
    one, other = (torch.Generator(device=device).manual_seed(0), torch.Generator(device=device).manual_seed(0))
    undisturbed = torch.rand((0,), dtype=torch.float16, device=device).tolist()
    return plain == undisturbed
try:
    result = rand_generator(torch, device='xla:0')
except BaseException as error:
    raise SystemExit(f"expected: no exception\ngot:      {type(error).__name__}: {error}")
got, right = repr(result), 'True'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
