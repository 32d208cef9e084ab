# ranks.arange: `arange` counts from start to before end by step, in either direction, exactly where the dtype holds the numbers.
# Found by the case [20, 0, -3] as uint8. Source: torch.arange: a 1-D tensor of size ceil((end - start) / step) with values from [start, end); ints give int64, floats the default (1 In [5]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import subprocess, sys
if "alone" not in sys.argv:  # the fault ends its process, or never comes to an end
    print("expected: exit status 0 within 60 s")
    ended = subprocess.run([sys.executable, __file__, "alone"], timeout=60).returncode
    print("got:      exit status", ended)
    raise SystemExit(ended != 0)
import torch
import torch_xla
def arange(torch, *, device):
    counted = torch.arange(1, 0, -3, dtype=torch.uint8, device=device)
    names = ('start', 'end', 'step')
    return counted
arange(torch, device='xla:0')
