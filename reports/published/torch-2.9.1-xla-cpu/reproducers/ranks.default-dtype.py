# ranks.default-dtype: The default dtype is that of Python floats, of tensors made by sizes alone, and of ints divided or met by a float, and complex numbers are of the complex one of it.
# Found by the case float32, [1, 2], uint8. Source: torch.set_default_dtype: the dtype of Python floats, and by it of complex numbers; of results of true division of ints (1 In [5]).
# torch 2.9.1+cu128 on xla:0; Python 3.11.7, tensor-conformance 0.1.0
import torch
import torch_xla
torch.manual_seed(0)
x = torch.tensor([1], dtype=torch.int64, device='xla:0')
def default_dtype(torch, x, *, device):
    made = (torch.tensor([0], device=device), torch.as_tensor([0], device=device), [torch.tensor([False], device=device)])
    of_numbers = [(torch.full((2,), complex(0.0, 1.0), device=device), torch.tensor(complex(0.0, 1.0), device=device), torch.tensor([complex(0.0, 1.0)], device=device), x * complex(0.0, 1.0))]
    of_sizes = (torch.zeros(2, device=device), torch.ones((2, 1), device=device), torch.empty(0, device=device), torch.rand(0, device=device))
    counted = (torch.arange(0.0, 2.0, 0.5, device=device), torch.arange(3, device=device), torch.arange(0, 2, 0.5, device=device), torch.arange(2.0, device=device))
    results = (torch.get_default_dtype(), made, of_numbers, of_sizes, counted, x / 4, 2 / (x + x / x), torch.tensor(x, device=device))
    return results
result = default_dtype(torch, x, device='xla:0')[2][0][0]
got = f"{tuple(result.shape)} {str(result.dtype).split('.')[-1]} {result.device} {result.tolist()}"
right = '(2,) complex64 xla:0 [1j, 1j]'
print("expected:", right, "\ngot:     ", got)
raise SystemExit(got != right)
