# devices.non-blocking-arrives: What a transfer that does not block brings, either way, is there once the device has been waited for.
# Found by the case several, [1, 7], reversed dims, complex128, device. Source: CUDA semantics, asynchronous execution: operations of a stream run in order; a copy to the CPU that blocks waits for all
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor([complex(0.0, 1.0)], dtype=torch.complex128, device='xla:0')
def non_blocking_arrives(torch, x, *, device, other_device):
    there = other_device if str(x.device) == device else device
    first = x.to(there, non_blocking=True)
    moved = first.to(str(x.device), non_blocking=True).to(there, non_blocking=True)
    return moved
result = non_blocking_arrives(torch, x, device='xla:0', other_device='cpu')
result = result[0] if type(result) is tuple else result
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.tolist()}"
right = '(1,) complex128 [1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
