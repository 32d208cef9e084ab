# devices.zero-dim-cpu-operand: A 0-d tensor on the CPU is an operand of elementwise operations on the device, on either side and in place, as a 0-d one there is.
# Found by the case bool, complex128, *, (1025,), y. Source: ATen's TensorIteratorConfig, allow_cpu_scalars: a 0-d tensor on the CPU may meet a device's tensors in an elementwise operation (3 In [12])
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
x = torch.tensor(True, dtype=torch.bool, device='xla:0')
y = torch.tensor(complex(0.0, 1.0), dtype=torch.complex128, device='cpu')
def zero_dim_cpu_operand(torch, x, y, *, device, other_device):
    return x * y
result = zero_dim_cpu_operand(torch, x, y, device='xla:0', other_device='cpu')
facts, got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device}", result.reshape(-1).tolist()
right = [[(complex(0.0, 1.0), 4.965068306494546e-16)]]  # texts, (value, bound), or None for anything
ok = facts == '() complex128 xla:0' and all(r is None or any(str(g) == one if type(one) is str else abs(g - one[0]) <= one[1] for one in r) for g, r in zip(got, right))
print("expected:", '() complex128 xla:0', right, "\ngot:     ", facts, got)
raise SystemExit(not ok)
