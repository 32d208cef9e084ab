"""Devices: moving a tensor, what it says of its device, what happens when devices are mixed."""

from conformance.catalogue import clause
from conformance.strategies.tables import devices


@clause("devices.new-tensor-is-not-cuda", "new-tensor-is-not-cuda", on="cpu")
def new_tensor_is_not_cuda():
    """A tensor made on the CPU says that it is not on CUDA."""


@clause("devices.flag-follows-moves", "cuda-flags", "device-types", on="accelerator")
def flag_follows_moves():
    """Moved to the accelerator a tensor says that it is there, and moved back that it is not."""


@clause("devices.values-survive-the-way", "values-survive-the-way", on="accelerator")
def values_survive_the_way():
    """A tensor has the same values, shape and dtype on the accelerator and after the way back."""


@clause("devices.cpu-leaves-the-original", "cpu-leaves-the-original", on="accelerator")
def cpu_leaves_the_original():
    """`cpu()` gives a copy on the CPU and leaves the original where it was."""


@clause("devices.product-on-the-device", "product-on-the-device", on="accelerator")
def product_on_the_device():
    """An accelerator multiplies matrices: the product lies there and is right."""


@clause("devices.products-in-any-precision", level="general", place="3 In [12]", on="accelerator", table=devices.precise_products,
        requires=("devices.product-on-the-device",), sets=("float32 matmul precision",),
        source="torch.set_float32_matmul_precision: highest keeps float32, high may use TensorFloat32 or two bfloat16, medium may use bfloat16")
def products_in_any_precision(torch, x, y, precision, *, device):
    """Matrix products of float32 lie within the bound of the precision that is set, be it left as it is or set to any."""
    if precision is not None:
        torch.set_float32_matmul_precision(precision)
    return x @ y, torch.matmul(x, y), x.t().matmul(y)


@clause("devices.product-after-moving", "matmul-after-moving", on="accelerator")
def product_after_moving():
    """A tensor that was copied to the CPU is multiplied with one there, and the product lies there."""


@clause("devices.mixed-product-is-refused", "mixed-matmul", on="accelerator", apart=True, requires=("devices.product-after-moving",))
def mixed_product_is_refused():
    """The product of a tensor on the accelerator and one on the CPU is refused with a RuntimeError."""


@clause("devices.refusal-names-both", "mixed-matmul", on="accelerator", apart=True, level="wording", reads="wording",
        requires=("devices.mixed-product-is-refused",))
def refusal_names_both():
    """The refusal of a product over two devices names both of them."""


@clause("devices.where-a-tensor-lies", level="general", place="3 In [12]", table=devices.of_every_dtype,
        source="torch.device: the type of the device and its optional ordinal; Tensor.is_cuda: True if stored on the GPU through CUDA")
def where_a_tensor_lies(torch, x, *, device):
    """A tensor, its views, its copies and its results lie on the tensor's device, and say its type and index."""
    where = x.device
    flags = where.type, where.index, str(where), where == torch.device(device), x.is_cuda
    return (where, *flags, (x + x).device, x[...].device, x.clone().device, (x * 2).device)


@clause("devices.made-on-the-device", level="general", place="3 In [11]", table=devices.made,
        source="torch.tensor: device, the device of the constructed tensor")
def made_on_the_device(torch, data, dtype, *, device, other_device):
    """`tensor(..., device=...)` makes a tensor on the device that is named, as a text or as a torch.device."""
    named = torch.tensor(data, dtype=dtype, device=device)
    return named, torch.tensor(data, dtype=dtype, device=torch.device(device)), torch.tensor(data, dtype=dtype, device=other_device)


@clause("devices.same-place-same-tensor", level="general", place="3 In [11]", table=devices.same_place,
        source="Tensor.to: if the tensor already has the correct dtype and device, then self is returned; Tensor.cpu: likewise")
def same_place_same_tensor(torch, x, spelling, flags, *, device):
    """`to` gives the very same tensor where neither device nor dtype changes, in every spelling, and so does `cpu` on the CPU."""
    if spelling == "device":
        moved = x.to(device, *flags)
    elif spelling == "torch.device":
        moved = x.to(torch.device(device), *flags)
    elif spelling == "device=":
        moved = x.to(device=device)
    elif spelling == "dtype":
        moved = x.to(x.dtype, *flags)
    elif spelling == "device, dtype":
        moved = x.to(device, x.dtype, *flags)
    elif spelling == "device=, dtype=":
        moved = x.to(device=device, dtype=x.dtype)
    elif spelling == "tensor":
        moved = x.to(x, *flags)
    elif spelling == "non_blocking":
        moved = x.to(device, non_blocking=True)
    elif spelling == "copy=False":
        moved = x.to(device, copy=False)
    else:
        moved = x.cpu()
    return moved is x, moved


@clause("devices.copy-when-asked", level="general", place="3 In [11]", table=devices.copies,
        requires=("devices.same-place-same-tensor",),
        source="Tensor.to: when copy is set, a new tensor is created even when the tensor already matches the desired conversion")
def copy_when_asked(torch, x, spelling, flags, written, *, device):
    """`to` with a copy asked for, by name or by position, gives another tensor with the same values, which shares no writes with the first."""
    formats = {"preserved": torch.preserve_format, "contiguous": torch.contiguous_format}
    named = {"copy": True, "memory_format": formats[flags]} if flags in formats else {"copy": True}
    if spelling == "device, positions":
        copied = x.to(device, None, *flags)
    elif spelling == "dtype, positions":
        copied = x.to(x.dtype, *flags)
    elif spelling == "device, dtype, positions":
        copied = x.to(device, x.dtype, *flags)
    elif spelling == "tensor, positions":
        copied = x.to(x, *flags)
    elif spelling == "device":
        copied = x.to(device, **named)
    elif spelling == "dtype":
        copied = x.to(dtype=x.dtype, non_blocking=False, **named)
    else:
        copied = x.to(x, **named)
    dense = flags != "contiguous" or copied.is_contiguous()
    (copied if written == "copy" else x)[...] = 1
    return copied is x, dense, copied, x


@clause("devices.moves-keep-bits", level="general", place="3 In [11]", on="accelerator", table=devices.moves,
        requires=("devices.values-survive-the-way",),
        reaches=("layout: permuted", "layout: stepped", "layout: expanded", "shape: 0-d", "shape: empty", "size: more than 32768"),
        source="Tensor.to, Tensor.cpu, Tensor.cuda: the tensor with the specified device and its dtype")
def moves_keep_bits(torch, x, spelling, start, *, device, other_device):
    """A tensor of any dtype, layout and size has the same bits, dtype and shape on another device and back again."""
    here, there = (device, other_device) if start == "device" else (other_device, device)
    if spelling == "tensor":
        moved = x.to(torch.tensor([1, 0], dtype=x.dtype, device=there))
    elif spelling == "device=":
        moved = x.to(device=there)
    elif spelling == "device, dtype":
        moved = x.to(there, x.dtype)
    elif spelling == "copy=True":
        moved = x.to(there, copy=True)
    elif spelling == "non_blocking":
        # The way to the CPU would need a synchronisation of its own.
        moved = x.to(there, non_blocking=there == device)
    elif spelling == "by name" and there == "cpu":
        moved = x.cpu()
    elif spelling == "by name" and there.startswith("cuda"):
        moved = x.cuda(there)
    else:
        moved = x.to(there)
    return moved, moved.cpu() if here == "cpu" else moved.to(here)


@clause("devices.moves-keep-strides", level="general", place="3 In [11]", on="accelerator", table=devices.dense_moves, strides=True,
        requires=("devices.moves-keep-bits",),
        source="torch.preserve_format: of a dense tensor that does not overlap, the strides are copied")
def moves_keep_strides(torch, x, *, device, other_device):
    """A tensor that is dense and does not overlap keeps its strides on the way to the device and on the way back."""
    moved = x.to(device)
    return moved, moved.cpu()


@clause("devices.moves-make-dense", level="general", place="3 In [11]", on="accelerator", table=devices.other_moves,
        requires=("devices.moves-keep-bits",),
        source="torch.preserve_format: otherwise output strides follow torch.contiguous_format")
def moves_make_dense(torch, x, *, device, other_device):
    """A tensor with gaps or repeated elements comes to the device and back as a dense one, its dimensions in the same order."""
    moved = x.to(device)
    found = []
    for one in (moved, moved.cpu()):
        expected = 1
        for stride, size in sorted(zip(one.stride(), one.shape, strict=True)):
            if size != 1:
                found.append(stride == expected)
                expected = expected * size
    return (moved, *found)


@clause("devices.moves-cast", level="general", place="3 In [11]", on="accelerator", table=devices.casts,
        requires=("devices.moves-keep-bits", "promotion.casts"),
        source="Tensor.to(device, dtype) and Tensor.to(other): the tensor with the specified device and dtype")
def moves_cast(torch, x, dtype, spelling, *, device, other_device):
    """`to` with a device and a dtype does both, to the device and from it, however they are named."""
    there = other_device if str(x.device) == device else device
    if spelling == "positions":
        return x.to(there, dtype)
    if spelling == "keywords":
        return x.to(dtype=dtype, device=there)
    return x.to(torch.tensor(1, dtype=dtype, device=there))


@clause("devices.cuda-in-every-spelling", level="general", place="3 In [11]", on="accelerator", table=devices.spelt_moves,
        requires=("devices.moves-keep-bits",),
        source="Tensor.cuda(device=None, non_blocking=False): in CUDA memory, on the current device where none is named; Tensor.to likewise")
def cuda_in_every_spelling(torch, x, spelling, *, device, other_device):
    """`cuda()` with nothing, an index, a name or a `torch.device` moves a tensor to CUDA, and `to` moves it to another accelerator."""
    place, waits = torch.device(device), False
    move = x.cuda if place.type == "cuda" else x.to
    if spelling == "nothing":
        moved = x.cuda() if place.type == "cuda" else x.to(place.type)
    elif spelling == "type":
        moved = move(place.type)
    elif spelling == "torch.device":
        moved = move(torch.device(place.type))
    elif spelling == "torch.device of the index":
        moved = move(place)
    elif spelling == "device=":
        moved = move(device=place)
    elif spelling == "index":
        moved = x.cuda(place.index) if place.type == "cuda" else x.to(f"{place.type}:{place.index}")
    elif spelling == "non_blocking":
        moved = move(place, non_blocking=True)
    elif spelling == "positions":
        moved = x.cuda(place, waits) if place.type == "cuda" else x.to(place, x.dtype, waits)
    else:
        moved = move(device)
    return moved, moved.device, str(moved.device), moved.is_cuda, moved is x, x.device, moved.cpu()


@clause("devices.non-blocking-arrives", level="general", place="3 In [11]", on="accelerator", table=devices.non_blocking_moves,
        requires=("devices.moves-keep-bits",),
        source="CUDA semantics, asynchronous execution: operations of a stream run in order; a copy to the CPU that blocks waits for all before it")
def non_blocking_arrives(torch, x, spelling, *, device, other_device):
    """What a transfer that does not block brings, either way, is there once the device has been waited for."""
    there, at_once = other_device if str(x.device) == device else device, True
    if spelling == "copy_":
        moved = torch.zeros(x.shape, dtype=x.dtype, device=there)
        moved.copy_(x, non_blocking=True)
    elif spelling == "device, dtype":
        moved = x.to(there, x.dtype, at_once)
    elif spelling == "tensor":
        moved = x.to(torch.zeros(1, dtype=x.dtype, device=there), non_blocking=True)
    elif spelling == "several":
        first = x.to(there, non_blocking=True)
        moved = first.to(str(x.device), non_blocking=True).to(there, non_blocking=True)
    elif spelling == "named":
        moved = x.to(device=there, non_blocking=True, copy=True)
    else:
        moved = x.to(there, non_blocking=True)
    # A transfer that blocks comes after all others of the stream.
    waited = torch.ones(1, device=device).cpu()
    return waited, moved, moved.clone(), x


@clause("devices.moves-between-two-of-a-kind", level="general", place="3 In [11]", on="accelerator", peers=True, table=devices.on_two_of_a_kind,
        requires=("devices.moves-keep-bits",),
        source="torch.device: the type of the device and its optional ordinal; Tensor.to: the tensor with the specified device")
def moves_between_two_of_a_kind(torch, x, spelling, *, device, other_device):
    """A tensor goes from one device of a kind to the other and back with its bits, and says where it lies each time."""
    here = str(x.device)
    there = other_device if here == device else device
    if spelling == "torch.device":
        moved = x.to(torch.device(there))
    elif spelling == "device=":
        moved = x.to(device=there)
    elif spelling == "device, dtype":
        moved = x.to(there, x.dtype)
    elif spelling == "tensor":
        moved = x.to(torch.zeros(1, dtype=x.dtype, device=there))
    elif spelling == "copy_":
        moved = torch.zeros(x.shape, dtype=x.dtype, device=there)
        moved.copy_(x)
    elif spelling == "index":
        moved = torch.zeros(x.shape, dtype=x.dtype, device=there)
        moved[...] = x
    elif spelling == "by way of the CPU":
        moved = x.cpu().to(there)
    else:
        moved = x.to(there)
    back = moved.to(here)
    return moved, moved.device, moved.device == x.device, back, back.device, x.device, x


@clause("devices.moved-is-a-copy", level="general", place="3 In [12]", on="accelerator", table=devices.copies_across,
        requires=("devices.cpu-leaves-the-original",),
        source="Tensor.cpu: returns a copy of this object in CPU memory; Tensor.cuda: likewise in CUDA memory")
def moved_is_a_copy(torch, x, written, *, device, other_device):
    """A tensor that was moved leaves its original where it was, and neither sees the other's later writes."""
    moved = x.cpu() if str(x.device) == device else x.to(device)
    before = x.device
    if written == "moved":
        moved[...] = 1
    else:
        x[...] = 1
    return before, x.device, moved.device, moved, x, x + x, moved + moved


@clause("devices.copies-cross", level="general", place="3 In [12]", on="accelerator", table=devices.copied_across,
        requires=("devices.moves-keep-bits",),
        source="Tensor.copy_: src may be of a different data type or reside on a different device; CUDA semantics: copy_() is the exception")
def copies_cross(torch, x, y, spelling, *, device, other_device):
    """`copy_` and the assignment of a slice write across devices, converted and broadcast, and leave each tensor where it is."""
    if spelling == "copy_":
        x.copy_(y)
    elif spelling == "copy_ non_blocking":
        x.copy_(y, non_blocking=str(x.device) == device)
    else:
        x[...] = y
    return x, x.device, y.device


@clause("devices.arrays-arrive", level="general", place="3 In [11]", on="accelerator", table=devices.arrays,
        requires=("devices.made-on-the-device", "devices.moves-keep-bits"),
        source="torch.tensor: data can be a NumPy ndarray; device: the device of the constructed tensor; torch.from_numpy, Tensor.to")
def arrays_arrive(torch, array, *, device, other_device):
    """A NumPy array of any dtype and strides arrives on the device with its elements, at once or by way of `from_numpy`, as a copy."""
    made = torch.tensor(array, device=device)
    moved = torch.from_numpy(array).to(device)
    array[...] = 1
    return made, moved


@clause("devices.no-array-off-the-cpu", level="general", place="3 In [11]", on="accelerator", table=devices.of_every_dtype_with_cpu,
        source="Tensor.numpy: the conversion is performed only if the tensor is on the CPU")
def no_array_off_the_cpu(torch, x, *, device):
    """`numpy()` of a tensor off the CPU is refused with a TypeError."""
    return x.numpy().shape


@clause("devices.zero-dim-cpu-operand", level="general", place="3 In [12]", on="accelerator", apart=True, table=devices.zero_dim_mixes,
        requires=("promotion.zero-dim",),
        source="ATen's TensorIteratorConfig, allow_cpu_scalars: a 0-d tensor on the CPU may meet a device's tensors in an elementwise operation")
def zero_dim_cpu_operand(torch, x, y, operation, *, device, other_device):
    """A 0-d tensor on the CPU is an operand of elementwise operations on the device, on either side and in place, as a 0-d one there is."""
    if operation == "+":
        return x + y
    if operation == "-":
        return x - y
    if operation == "*":
        return x * y
    if operation == "/":
        return x / y
    if operation in ("add", "sub", "mul", "div"):
        return getattr(torch, operation)(x, y)
    if operation == "+=":
        x += y
    elif operation == "-=":
        x -= y
    elif operation == "*=":
        x *= y
    elif operation == "/=":
        x /= y
    else:
        return getattr(x, operation[1:])(y)
    return x


@clause("devices.mixed-elementwise", level="general", place="3 In [12]", on="accelerator", apart=True, table=devices.mixed_elementwise,
        source="CUDA semantics: operations across devices are not allowed, with the exception of copy_() and methods like it")
def mixed_elementwise(torch, x, y, z, operation, dim, *, device, other_device):
    """`+ - * /` of tensors on two devices is refused with a RuntimeError in every spelling and both ways, but for a 0-d one on the CPU."""
    if operation == "+":
        return x + y
    if operation == "-":
        return x - y
    if operation == "*":
        return x * y
    if operation == "/":
        return x / y
    if operation.startswith("."):
        return getattr(x, operation[1:])(y)
    return getattr(torch, operation)(x, y)


@clause("devices.mixed-in-place", level="general", place="3 In [12]", on="accelerator", apart=True, table=devices.mixed_in_place,
        source="CUDA semantics: operations across devices are not allowed, with the exception of copy_() and methods like it")
def mixed_in_place(torch, x, y, z, operation, dim, *, device, other_device):
    """An operation in place on tensors of two devices is refused with a RuntimeError both ways, and the target keeps its values."""
    if operation == "+=":
        x += y
    elif operation == "-=":
        x -= y
    elif operation == "*=":
        x *= y
    elif operation == "/=":
        x /= y
    else:
        getattr(x, operation[1:])(y)
    return x


@clause("devices.mixed-products", level="general", place="3 In [12]", on="accelerator", apart=True, table=devices.mixed_products,
        requires=("devices.mixed-product-is-refused",),
        source="CUDA semantics: operations across devices are not allowed, with the exception of copy_() and methods like it")
def mixed_products(torch, x, y, z, operation, dim, *, device, other_device):
    """Matrix products of tensors on two devices are refused with a RuntimeError in every spelling, at each operand and both ways."""
    if operation == "@":
        return x @ y
    if operation.startswith("."):
        return getattr(x, operation[1:])(y)
    return getattr(torch, operation)(x, y)


@clause("devices.mixed-cat", level="general", place="3 In [12]", on="accelerator", apart=True, table=devices.mixed_cats,
        source="CUDA semantics: operations across devices are not allowed, with the exception of copy_() and methods like it")
def mixed_cat(torch, x, y, z, operation, dim, *, device, other_device):
    """`cat` and `stack` of tensors on two devices are refused with a RuntimeError, whichever of them lies elsewhere."""
    if operation == "stack":
        return torch.stack([x, y, z], dim)
    if dim == 0:
        return torch.cat([x, y, z])
    return torch.cat((x, y, z), dim=dim)


@clause("devices.mixed-out", level="general", place="3 In [12]", on="accelerator", apart=True, table=devices.mixed_out,
        source="CUDA semantics: operations across devices are not allowed, with the exception of copy_() and methods like it")
def mixed_out(torch, x, y, z, operation, dim, *, device, other_device):
    """A result whose `out=` lies on another device than an operand is refused with a RuntimeError, and `out` keeps its values."""
    name = operation.partition(" ")[0]
    if name == "mean":
        return torch.mean(x, dim, out=z)
    if name == "cat":
        return torch.cat([x, y], dim, out=z)
    return getattr(torch, name)(x, y, out=z)


@clause("devices.cpu-indices", level="general", place="3 In [12]", on="accelerator", apart=True, table=devices.cpu_indices,
        source="ATen's TensorAdvancedIndexing: indices should be either on cpu or on the same device as the indexed tensor")
def cpu_indices(torch, x, y, z, operation, dim, *, device, other_device):
    """An index tensor of the CPU reads and writes a tensor on the device as one there does, and the elements lie on the device."""
    if operation == "x[y]":
        return x[y]
    if operation == "x[..., y]":
        return x[..., y]
    if operation == "x[y] = 1":
        x[y] = 1
    elif operation == "x[y] = z":
        x[y] = z
    else:
        x[y] += 1
    return x


@clause("devices.mixed-indices", level="general", place="3 In [12]", on="accelerator", apart=True, table=devices.mixed_indices,
        source="ATen's TensorAdvancedIndexing: indices should be either on cpu or on the same device as the indexed tensor")
def mixed_indices(torch, x, y, z, operation, dim, *, device, other_device):
    """A tensor of the CPU that is read by an index tensor of the device is refused with a RuntimeError, and nothing is changed."""
    if operation == "x[y]":
        return x[y]
    if operation == "x[..., y]":
        return x[..., y]
    x[y] += 1
    return x


@clause("devices.mixed-index-writes", level="general", place="3 In [12]", on="accelerator", apart=True, table=devices.mixed_index_writes,
        requires=("devices.mixed-indices",),
        source="ATen's TensorAdvancedIndexing: index_put_ may bring indices to the tensor; index refuses those that are elsewhere")
def mixed_index_writes(torch, x, y, z, operation, dim, *, device, other_device):
    """A write into a tensor of the CPU by an index tensor of the device writes what it names, or raises RuntimeError and writes nothing."""
    if operation == "x[y] = 1":
        x[y] = 1
    else:
        x[y] = z
    return x


@clause("devices.usable-after-a-refusal", level="general", place="3 In [12]", on="accelerator", apart=True, table=devices.mixed_then_more,
        requires=("devices.mixed-elementwise",),
        source="Python's exceptions: whoever catches one goes on; CUDA semantics: the refused operation has not begun")
def usable_after_a_refusal(torch, x, y, z, operation, dim, *, device, other_device):
    """After any refusal has been caught the library gives right results on both devices, and the operands are what they were."""
    calls = {
        "+": lambda: x + y,
        "-": lambda: x - y,
        "*": lambda: x * y,
        "/": lambda: x / y,
        "@": lambda: x @ y,
        "+=": lambda: x.__iadd__(y),
        "-=": lambda: x.__isub__(y),
        "*=": lambda: x.__imul__(y),
        "/=": lambda: x.__itruediv__(y),
        "cat": lambda: torch.cat([x, y, z], dim),
        "stack": lambda: torch.stack([x, y, z], dim),
        "mean out": lambda: torch.mean(x, dim, out=z),
        "cat out": lambda: torch.cat([x, y], dim, out=z),
        "x[y]": lambda: x[y],
        "x[..., y]": lambda: x[..., y],
        "x[y] += 1": lambda: x[y].__iadd__(1),
    }
    refused = False
    try:
        if operation in calls:
            calls[operation]()
        elif operation.startswith("."):
            getattr(x, operation[1:])(y)
        elif operation.endswith(" out"):
            getattr(torch, operation[:-4])(x, y, out=z)
        else:
            getattr(torch, operation)(x, y)
    except RuntimeError:
        refused = True
    fresh = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    there = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=other_device)
    return refused, fresh + fresh, fresh @ fresh, there + there, there @ there, fresh.cpu() + there, x + x, y + y, z + z


@clause("devices.mixed-operands-named", level="wording", place="3 In [12]", on="accelerator", apart=True, table=devices.mixed_named,
        requires=("devices.mixed-elementwise",), source="ATen's TensorIterator and checkAllSameGPU: the message names the devices that were found")
def mixed_operands_named(torch, x, y, z, operation, dim, *, device, other_device):
    """The refusal of tensors of two devices, be one of them a target, names both of them, whatever the operation."""
    name = operation.partition(" ")[0]
    text = ""
    try:
        if operation == "mean out":
            torch.mean(x, dim, out=z)
        elif operation == "cat out":
            torch.cat([x, y], dim, out=z)
        elif operation.endswith(" out"):
            getattr(torch, name)(x, y, out=z)
        elif operation in ("cat", "stack"):
            getattr(torch, operation)([x, y, z], dim)
        elif operation.startswith("."):
            getattr(x, operation[1:])(y)
        else:
            getattr(torch, operation)(x, y)
    except RuntimeError as error:
        text = str(error)
    return str(device) in text, str(other_device) in text


@clause("devices.mixed-indices-named", level="wording", place="3 In [12]", on="accelerator", apart=True, table=devices.mixed_indices_named,
        requires=("devices.mixed-indices",),
        source="ATen's TensorAdvancedIndexing: indices should be either on cpu or on the same device as the indexed tensor, which the message names")
def mixed_indices_named(torch, x, y, z, operation, dim, *, device, other_device):
    """The refusal of an index tensor that lies elsewhere names the device on which it may lie: that of the tensor."""
    text = ""
    try:
        if operation == "x[y]":
            x[y]
        elif operation == "x[..., y]":
            x[..., y]
        else:
            x[y] += 1
    except RuntimeError as error:
        text = str(error)
    return str(x.device) in text


@clause("devices.mixed-of-a-kind", level="general", place="3 In [12]", on="accelerator", apart=True, peers=True,
        table=devices.mixed_of_a_kind, requires=("devices.moves-between-two-of-a-kind",),
        source="CUDA semantics: operations across devices are not allowed, with the exception of copy_() and methods like it")
def mixed_of_a_kind(torch, x, y, z, operation, dim, *, device, other_device):
    """Operands on two devices of one kind are refused with a RuntimeError as those of two kinds are, and so is a 0-d one there."""
    calls = {
        "+": lambda: x + y,
        "-": lambda: x - y,
        "*": lambda: x * y,
        "/": lambda: x / y,
        "@": lambda: x @ y,
        "+=": lambda: x.__iadd__(y),
        "-=": lambda: x.__isub__(y),
        "*=": lambda: x.__imul__(y),
        "/=": lambda: x.__itruediv__(y),
        "cat": lambda: torch.cat([x, y, z], dim),
        "stack": lambda: torch.stack([x, y, z], dim),
        "mean out": lambda: torch.mean(x, dim, out=z),
        "cat out": lambda: torch.cat([x, y], dim, out=z),
        "x[y]": lambda: x[y],
        "x[..., y]": lambda: x[..., y],
        "x[y] += 1": lambda: x[y].__iadd__(1),
    }
    if operation in calls:
        return calls[operation]()
    if operation.startswith("."):
        return getattr(x, operation[1:])(y)
    if operation.endswith(" out"):
        return getattr(torch, operation[:-4])(x, y, out=z)
    return getattr(torch, operation)(x, y)


@clause("devices.gradients-cross", level="general", place="3 In [11]", on="accelerator", table=devices.gradients_across,
        requires=("devices.moves-keep-bits", "gradients.line"),
        source="Autograd mechanics: the history of a tensor that is moved goes on; Tensor.backward: gradients accumulate in the leaves")
def gradients_cross(torch, x, y, weights, spelling, *, device, other_device):
    """A gradient goes back across every transfer, copy and round trip, and lands in its leaf with the leaf's device and dtype."""
    there = str(y.device)
    if spelling == "to":
        moved = x.to(there)
    elif spelling == "by name":
        moved = x.cpu() if there == "cpu" else x.to(device=there)
    elif spelling == "round trip":
        moved = x.to(there).to(str(x.device)).to(there)
    elif spelling == "dtype":
        moved = x.to(there, y.dtype)
    elif spelling == "copy=True":
        moved = x.to(there, copy=True)
    elif spelling == "copy_":
        moved = weights.clone()
        moved.copy_(x)
    else:
        moved = weights.clone()
        moved[...] = x
    result = moved * y
    result.backward(weights)
    return result, moved.requires_grad, moved.is_leaf, moved.device


@clause("devices.history-survives", level="general", place="3 In [11]", on="accelerator", table=devices.histories,
        requires=("devices.gradients-cross",),
        source="Tensor.requires_grad, Tensor.is_leaf: a tensor made by an operation on one that requires gradients requires them, and is no leaf")
def history_survives(torch, x, y, *, device, other_device):
    """A moved tensor requires gradients where its original does, unless it was detached or moved under `no_grad`."""
    moved, back = x.to(device), x.to(device).cpu()
    with torch.no_grad():
        unrecorded = x.to(device)
    found = []
    for one in (moved, back, unrecorded, x.detach().to(device), y.to(device), y.to(device).cpu()):
        found.append(one.requires_grad)
        found.append(one.is_leaf)
    return (moved, back, *found)


@clause("devices.gradient-from-elsewhere", level="general", place="3 In [12]", on="accelerator", apart=True, table=devices.gradients_elsewhere,
        requires=("devices.gradients-cross",),
        source="Tensor.backward: gradient should be a tensor of matching type and location")
def gradient_from_elsewhere(torch, x, weights, *, device, other_device):
    """`backward` refuses a gradient that lies on another device than the tensor with a RuntimeError."""
    result = x * 2
    result.backward(weights)
    return result
