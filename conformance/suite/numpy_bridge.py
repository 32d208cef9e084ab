"""The tensor and NumPy: out, and back."""

from conformance.catalogue import clause
from conformance.strategies.tables import numpy_bridge as tables


@clause("numpy-bridge.to-array", "to-array", on="cpu")
def to_array():
    """`numpy()` gives a numpy.ndarray with the tensor's shape, dtype and values."""


@clause("numpy-bridge.from-array", "from-array", on="cpu", requires=("numpy-bridge.to-array",))
def from_array():
    """`from_numpy` of an array that NumPy computed gives a tensor with its shape, dtype and values."""


@clause("numpy-bridge.tensors-to-arrays", level="general", place="2 In [8]", table=tables.plain_tensors, on="cpu", strides=True,
        requires=("numpy-bridge.to-array",),
        reaches=("layout: permuted", "layout: stepped", "layout: offset", "layout: expanded", "shape: 0-d", "shape: empty"),
        source="Tensor.numpy: the tensor as a NumPy ndarray; both share the same storage, so they have the same strides")
def tensors_to_arrays(torch, x, *, device):
    """`numpy()` gives an array of the dtype of the same name with the tensor's shape, elements and strides."""
    return x.numpy()


@clause("numpy-bridge.tensor-writes-reach-the-array", level="general", place="2 In [8]", table=tables.written_tensors, on="cpu",
        requires=("numpy-bridge.tensors-to-arrays",), source="Tensor.numpy: changes to the tensor will be reflected in the ndarray and vice versa")
def tensor_writes_reach_the_array(torch, x, base, tensor, through, *, device):
    """A write to the tensor's memory, of whatever kind, is seen in the array made of it, where the tensor shows it."""
    array = x.numpy()
    part = x
    if through == "base":
        part = base[1:] if base.dim() else base
    if tensor == "assign":
        part[...] = 1
    elif tensor == "fill_":
        part.fill_(1)
    elif tensor == "zero_":
        part.zero_()
    elif tensor == "copy_":
        part.copy_(torch.ones(part.shape, dtype=part.dtype, device=device))
    elif tensor == "augmented":
        part += True
    elif tensor == "out":
        torch.add(part, other=True, out=part)
    elif tensor == "detach":
        part.detach()[...] = 1
    else:
        part.data[...] = 1
    return array, base, x.numpy()


@clause("numpy-bridge.array-writes-reach-the-tensor", level="general", place="2 In [8]", table=tables.written_arrays, on="cpu",
        requires=("numpy-bridge.tensors-to-arrays",), source="Tensor.numpy: changes to the tensor will be reflected in the ndarray and vice versa")
def array_writes_reach_the_tensor(torch, x, base, array, read, args, *, device):
    """A write to the array, of whatever kind, is seen in the tensor that it was made of, whatever was read of that before, and in that one's base, and nowhere else."""
    import numpy as np
    memory = x.numpy()
    places = {"assign": memory, "transposed": memory.T, "last element": memory[(..., *[slice(-1, None)] * memory.ndim)]}
    results = []
    for written in (False, True):
        if written and array in places:
            places[array][...] = 1
        elif written:
            np.add(memory, memory.dtype.type(1), out=memory)
        if read == "sum":
            made = x + x
        elif read == "product":
            made = x.transpose(*args) @ x
        elif read == "cat":
            made = torch.cat([x, x])
        elif read == "cast":
            made = x.to(torch.complex128)
        elif read == "list":
            made = str(x.tolist())
        elif read == "assign":
            made = torch.zeros(x.shape, dtype=x.dtype, device=device)
            made[...] = x
        else:
            made = getattr(x, read)(*args)
        results.append(made)
    return (x, base, *results)


@clause("numpy-bridge.arrays-to-tensors", level="general", place="2 In [8]", table=tables.arrays, on="cpu", strides=True,
        requires=("numpy-bridge.from-array",),
        reaches=("layout: permuted", "layout: stepped", "shape: 0-d", "shape: empty", "size: 1025 to 32768"),
        source="torch.from_numpy: the returned tensor and the ndarray share the same memory, so they have the same strides")
def arrays_to_tensors(torch, a, *, device):
    """`from_numpy` and `as_tensor` give a tensor of the dtype of the same name with the array's shape, elements and strides."""
    return torch.from_numpy(a), torch.as_tensor(a)


@clause("numpy-bridge.round-trip", level="general", place="2 In [8]", table=tables.arrays, on="cpu", strides=True,
        requires=("numpy-bridge.arrays-to-tensors", "numpy-bridge.tensors-to-arrays"),
        source="torch.from_numpy and Tensor.numpy share their memory")
def round_trip(torch, a, *, device):
    """An array that becomes a tensor and an array again is the same memory seen in the same way."""
    array = torch.from_numpy(a).numpy()
    array[...] = 1
    return array, a


@clause("numpy-bridge.array-and-tensor-share", level="general", place="2 In [8]", table=tables.parts, on="cpu",
        requires=("numpy-bridge.arrays-to-tensors",),
        source="torch.from_numpy: modifications to the tensor will be reflected in the ndarray and vice versa")
def array_and_tensor_share(torch, a, key, order, *, device):
    """A tensor of a part of an array shares it: a write to either is seen in the other, and nowhere beside the part."""
    part = a[key].transpose(order)
    tensor = torch.from_numpy(part)
    first = torch.cat([tensor, tensor])
    tensor[:1] = 1
    written, second = a.copy(), torch.cat([tensor, tensor])
    a[...] = 0
    return written, tensor, first, second, torch.cat([tensor, tensor])


@clause("numpy-bridge.as-tensor-shares", level="general", place="2 In [8]", table=tables.parts, on="cpu",
        requires=("numpy-bridge.array-and-tensor-share",),
        source="torch.as_tensor: if data is a NumPy array with the same dtype and device cpu, no copy is performed")
def as_tensor_shares(torch, a, key, order, *, device):
    """`as_tensor` of a part of an array shares it: a write to either is seen in the other."""
    part = a[key].transpose(order)
    tensor = torch.as_tensor(part)
    first, same = torch.cat([tensor, tensor]), torch.as_tensor(part, dtype=tensor.dtype, device=device)
    tensor[:1] = 1
    written, second = a.copy(), torch.cat([same, same])
    a[...] = 0
    return written, tensor, first, second, same, torch.cat([same, tensor])


@clause("numpy-bridge.tensor-copies-arrays", level="general", place="2 In [8]", table=tables.parts, on="cpu",
        requires=("numpy-bridge.arrays-to-tensors",), source="torch.tensor: constructs a tensor by copying data")
def tensor_copies_arrays(torch, a, key, order, *, device):
    """`tensor` of a part of an array is a copy of any size: a write to either is not seen in the other."""
    part = a[key].transpose(order)
    first = torch.tensor(part, device=device)
    second = torch.tensor(part, device=device)
    first[...] = 1
    before = a.copy()
    a[...] = 0
    return before, second, first


@clause("numpy-bridge.tensors-of-arrays", level="general", place="2 In [8]", table=tables.arrays, requires=("ranks.dtype-inference",),
        source="torch.tensor: data can be a NumPy ndarray; dtype, if None, is inferred from data")
def tensors_of_arrays(torch, a, *, device):
    """`tensor` of an array has its dtype, shape and elements, however the array lies in memory."""
    return torch.tensor(a, device=device)


@clause("numpy-bridge.arrays-converted", level="general", place="2 In [8]", table=tables.converted,
        requires=("numpy-bridge.tensors-of-arrays", "promotion.casts"),
        source="torch.tensor, torch.as_tensor: dtype is the desired data type of the returned tensor")
def arrays_converted(torch, a, dtype, *, device):
    """An array of another dtype than the one asked for is converted element by element, not taken bit by bit, and stays as it is."""
    tensor = torch.tensor(a, dtype=dtype, device=device)
    return tensor, torch.as_tensor(a, dtype=dtype, device=device)


@clause("numpy-bridge.lists-of-arrays", level="general", place="2 In [8]", table=tables.mixed_lists, requires=("numpy-bridge.tensors-of-arrays",),
        source="torch.tensor: data can be a list, a NumPy ndarray; dtype, if None, is inferred from data")
def lists_of_arrays(torch, a, b, *, device):
    """Arrays in a list make a tensor with one more dimension, of their dtype; those of two dtypes are promoted."""
    return torch.tensor([a, b], device=device), torch.tensor((b, a, b), device=device), torch.tensor([[a, b], [b, a]], device=device)


@clause("numpy-bridge.scalars", level="general", place="2 In [8]", table=tables.scalars, requires=("ranks.dtype-inference",),
        source="torch.tensor: data can be a NumPy ndarray or a scalar; dtype, if None, is inferred from data")
def scalars(torch, x, y, *, device):
    """NumPy scalars, alone and in lists, keep their dtype; those of two dtypes are promoted."""
    pairs = torch.tensor([x, y], device=device), torch.tensor([y, x], device=device), torch.tensor([[x, y], [y, x]], device=device)
    odd = torch.tensor([x, x, y], device=device), torch.tensor((y, y, y, x), device=device), torch.tensor([x] * 33 + [y], device=device)
    nested = torch.tensor([[x], [y]], device=device), torch.tensor(([y], (x,)), device=device), torch.tensor([[[x, y]]], device=device)
    return torch.tensor(x, device=device), torch.tensor([x], device=device), pairs, odd, nested


@clause("numpy-bridge.scalars-without-a-device", level="general", place="2 In [8]", table=tables.scalars, on="cpu",
        requires=("numpy-bridge.scalars",),
        source="torch.tensor: dtype, if None, is inferred from data; device, if None, is the current device for the default tensor type")
def scalars_without_a_device(torch, x, y, *, device):
    """NumPy scalars in lists of any form keep their dtype, or are promoted, where nothing but them is given."""
    make, take = torch.tensor, torch.as_tensor
    flat = make(x), make([x]), make([x, y]), make([y, x, x]), make((x, x, x, y)), take([x, y])
    return flat, make([[x, y], [y, x]]), make([[x], [y]]), make(([y], (x,))), make([x] * 33 + [y])


@clause("numpy-bridge.memory-outlives-its-maker", level="general", place="2 In [8]", table=tables.outliving, on="cpu",
        requires=("numpy-bridge.tensors-to-arrays", "numpy-bridge.arrays-to-tensors"),
        source="Tensor.numpy, torch.from_numpy: both share the same underlying memory, which is there as long as one of them is")
def memory_outlives_its_maker(torch, a, x, *, device):
    """A tensor shows an array's elements also after the array is gone, and an array those of a tensor that is."""
    import numpy as np
    array, tensor = np.array(a), x.clone()
    made, again = torch.from_numpy(array), torch.as_tensor(np.array(a))
    shown, part = tensor.numpy(), x.clone()[1:].numpy()
    del array, tensor
    others = [np.ones(a.shape, a.dtype) for _ in range(4)], [torch.ones(x.shape, dtype=x.dtype, device=device) for _ in range(4)]
    return made, again, shown, part, others[0][-1], others[1][-1]


@clause("numpy-bridge.any-default-dtype", level="general", place="2 In [8]", table=tables.defaults, on="cpu", sets=("default dtype",),
        requires=("numpy-bridge.tensors-to-arrays", "numpy-bridge.arrays-to-tensors", "indexing.number-writes"),
        source="torch.set_default_dtype: the dtype that Python floats are inferred as; torch.tensor: dtype, if None, is inferred from data")
def any_default_dtype(torch, a, x, scalar, number, default, *, device):
    """Arrays and NumPy scalars keep their dtypes, and what is written takes its target's, whichever dtype is the default one."""
    torch.set_default_dtype(default)
    made = torch.from_numpy(a), torch.as_tensor(a), torch.tensor(a, device=device), torch.tensor([a, a], device=device)
    scalars = torch.tensor(scalar, device=device), torch.tensor([scalar, scalar], device=device)
    target, other, both = x.clone(), x.clone().fill_(number), torch.cat([x, made[0]])
    target[1, ::2] = number
    return (*made, *scalars, x.numpy(), x.clone(), both, target, other, x.to(x.dtype) is x, x[1:])


@clause("numpy-bridge.subnormals", level="general", place="2 In [8]", table=tables.subnormals, on="cpu", subnormals=True,
        requires=("numpy-bridge.tensors-to-arrays", "numpy-bridge.arrays-to-tensors"),
        source="Tensor.numpy, torch.from_numpy: both share the same memory; torch.set_flush_denormal: by default denormal numbers are not flushed")
def subnormals(torch, x, a, *, device):
    """Subnormal numbers go to NumPy and come from there as they are."""
    return x.numpy(), torch.from_numpy(a), torch.as_tensor(a), torch.tensor(a, device=device), torch.tensor([a, a], dtype=torch.float64, device=device)


@clause("numpy-bridge.arithmetic-with-scalars", level="general", place="2 In [8]", table=tables.tensors_with_scalars,
        requires=("numpy-bridge.scalars", "promotion.numbers"),
        source="torch.Tensor attributes, type promotion: a scalar raises the dtype only where its category is higher")
def arithmetic_with_scalars(torch, x, number, operation, *, device):
    """A NumPy scalar on either side of a tensor counts as the Python number that it holds."""
    if operation == "add":
        return x + number, number + x
    if operation == "sub":
        return x - number, number - x
    if operation == "mul":
        return x * number, number * x
    return x / number, number / x


@clause("numpy-bridge.sum-to-array", level="general", place="2 In [8]", table=tables.sums, on="cpu", requires=("numpy-bridge.tensors-to-arrays",),
        source="Tensor.numpy: the tensor as a NumPy ndarray")
def sum_to_array(torch, x, y, *, device):
    """A result of arithmetic becomes an array that NumPy computes with, and a tensor again, in its own memory."""
    array = (x + y).numpy()
    doubled = array + array
    tensor = torch.from_numpy(doubled)
    array[...] = 0
    return tensor, doubled, x + y


@clause("numpy-bridge.as-array", level="general", place="2 In [8]", table=tables.plain_tensors, on="cpu", requires=("numpy-bridge.tensors-to-arrays",),
        source="NumPy's protocol __array__: np.asarray and np.array take any object that has it")
def as_array(torch, x, *, device):
    """NumPy takes a tensor as an array of its dtype, shape and elements; `np.array` of it is a copy."""
    import numpy as np
    copy = np.array(x)
    copy[...] = 0
    return np.asarray(x), np.array(x), np.shape(x), copy


@clause("numpy-bridge.as-array-of-a-dtype", level="general", place="2 In [8]", table=tables.numpy_kinds, on="cpu",
        requires=("numpy-bridge.as-array",), source="NumPy's protocol __array__: the dtype that is asked for is the array's")
def as_array_of_a_dtype(torch, x, kind, *, device):
    """NumPy takes a tensor as an array of another dtype where it is asked to."""
    import numpy as np
    return np.asarray(x, dtype=kind), np.array(x, dtype=kind), x


@clause("numpy-bridge.no-bfloat16", level="general", place="2 In [8]", table=tables.bfloat16, on="cpu", requires=("numpy-bridge.tensors-to-arrays",),
        source="Tensor.numpy: only for a dtype and layout that NumPy supports")
def no_bfloat16(torch, x, *, device):
    """`numpy()` of a bfloat16 tensor is refused with a TypeError: NumPy has no such dtype."""
    return x.numpy()


@clause("numpy-bridge.requires-grad", level="general", place="2 In [8]", table=tables.leaves, on="cpu", requires=("numpy-bridge.tensors-to-arrays",),
        source="Tensor.numpy: the conversion is performed only if the tensor does not require grad")
def requires_grad(torch, x, *, device):
    """`numpy()` of a tensor that requires grad is refused with a RuntimeError."""
    return x.numpy()


@clause("numpy-bridge.detached", level="general", place="2 In [8]", table=tables.leaves, on="cpu", strides=True,
        requires=("numpy-bridge.requires-grad",),
        source="Tensor.detach: shares the same storage; Tensor.numpy(force=True) is t.detach().cpu().resolve_conj().resolve_neg().numpy()")
def detached(torch, x, *, device):
    """`detach().numpy()` and `numpy(force=True)` of a tensor that requires grad share its memory."""
    array = x.detach().numpy()
    before = array.copy()
    array[...] = 1
    return before, x.numpy(force=True), array, x.detach()


@clause("numpy-bridge.negative-strides", level="general", place="2 In [8]", table=tables.backwards, on="cpu",
        requires=("numpy-bridge.arrays-to-tensors",),
        source="torch.from_numpy: tensors with negative strides are not currently supported (ValueError)")
def negative_strides(torch, a, *, device):
    """`from_numpy` refuses an array with a negative stride with a ValueError."""
    return torch.from_numpy(a)


@clause("numpy-bridge.foreign-dtypes", level="general", place="2 In [8]", table=tables.foreign, on="cpu",
        requires=("numpy-bridge.arrays-to-tensors",), source="torch.from_numpy: currently accepts ndarrays of the listed dtypes (else TypeError)")
def foreign_dtypes(torch, a, kind, *, device):
    """`from_numpy` refuses arrays of dates, texts, bytes and objects with a TypeError."""
    return torch.from_numpy(a.astype(kind))


@clause("numpy-bridge.unfit-arrays", level="general", place="2 In [8]", table=tables.unfit, on="cpu",
        requires=("numpy-bridge.arrays-to-tensors",),
        source="torch.from_numpy shares memory, so strides must be whole elements and bytes in the machine's order (ValueError, TypeError)")
def unfit_arrays(torch, a, *, device):
    """`from_numpy` refuses arrays whose bytes are in the other order or whose strides are no whole elements, and takes others."""
    try:
        return torch.from_numpy(a)
    except (TypeError, ValueError, RuntimeError):
        return "refused"


@clause("numpy-bridge.no-arrays", level="general", place="2 In [8]", table=tables.no_arrays, on="cpu", requires=("numpy-bridge.arrays-to-tensors",),
        source="torch.from_numpy: creates a tensor from a numpy.ndarray (else TypeError)")
def no_arrays(torch, a, *, device):
    """`from_numpy` takes arrays only, and refuses lists and numbers with a TypeError."""
    return torch.from_numpy(a)


@clause("numpy-bridge.read-only-arrays", level="general", place="2 In [8]", table=tables.read_only, on="cpu",
        requires=("numpy-bridge.arrays-to-tensors",),
        source="torch.from_numpy: writing to a tensor created from a read-only NumPy array is not supported; a UserWarning says so")
def read_only_arrays(torch, a, *, device):
    """`from_numpy` of a read-only array gives its values and a UserWarning."""
    return torch.from_numpy(a)


@clause("numpy-bridge.as-tensor-of-read-only-arrays", level="general", place="2 In [8]", table=tables.read_only, on="cpu",
        requires=("numpy-bridge.read-only-arrays",),
        source="torch.as_tensor shares a NumPy array as torch.from_numpy does, which warns of read-only ones")
def as_tensor_of_read_only_arrays(torch, a, *, device):
    """`as_tensor` of a read-only array gives its values and a UserWarning."""
    return torch.as_tensor(a)
