"""Tensors by rank: how they are made, their shapes, the number inside."""

from conformance.catalogue import clause
from conformance.strategies import reach
from conformance.strategies.tables import creation, reading


@clause("ranks.zero-dim", "zero-dim")
def zero_dim():
    """A tensor made from one Python number holds that number, has rank 0 and the shape []."""


@clause("ranks.one-element-is-a-vector", "one-element")
def one_element_is_a_vector():
    """A tensor made from a list of one number has one dimension of size 1: it is no scalar."""


@clause("ranks.zero-dim-sum", "zero-dim-sum", requires=("ranks.zero-dim",))
def zero_dim_sum():
    """The sum of two 0-d tensors is a 0-d tensor."""


@clause("ranks.item", "item", requires=("ranks.zero-dim",))
def item():
    """`item()` gives the Python number that a 0-d tensor holds; of an integer tensor, an int."""


@clause("ranks.float-vector", "float-vector")
def float_vector():
    """A tensor made from a list of Python floats is a vector of floats with one dimension."""


@clause("ranks.empty-vector", place="1 prose", level="general", returns=("tensor([])", "torch.Size([0])"),
        source="torch.tensor: data may be a list, which may be empty; without a dtype, the default float dtype")
def empty_vector(torch, *, device):
    """A tensor made from an empty list is a vector of floats without an element, of shape [0]."""
    vector = torch.tensor([], device=device)
    return vector, vector.shape


@clause("ranks.float-tensor-constructor", "float-tensor", on="cpu")
def float_tensor_constructor():
    """`FloatTensor` makes a float32 tensor from a list of ints."""


@clause("ranks.long-tensor-constructor", "long-tensor", on="cpu")
def long_tensor_constructor():
    """`LongTensor` makes an int64 tensor from a list of ints."""


@clause("ranks.legacy-tensor-is-float", "legacy-tensor", "legacy-tensor-again", "legacy-tensor-shape", on="cpu")
def legacy_tensor_is_float():
    """`Tensor` called with nested lists of ints makes a float32 tensor with storage of its own."""


@clause("ranks.matrix", "matrix")
def matrix():
    """A tensor made from a list of lists of ints is an integer matrix, rows first."""


@clause("ranks.nested-list", "nested-list")
def nested_list():
    """A list of lists that a name is bound to makes the same tensor as one written in place."""


@clause("ranks.three-dims", "three-dims")
def three_dims():
    """Lists nested three deep make a tensor of three dimensions, the outermost first."""


@clause("ranks.rand", "rand")
def rand():
    """`rand` of a size gives a float tensor of that shape with varied values from 0 up to, not including, 1."""


@clause("ranks.rand-repeats-with-the-seed", "rand-with-a-seed", requires=("ranks.rand",))
def rand_repeats_with_the_seed():
    """The same seed gives the same random numbers again, and one call after another gives others."""


@clause("ranks.shapes", level="general", place="1 prose", table=reading.shaped, requires=("ranks.zero-dim",),
        source="Tensor.size, Tensor.dim, Tensor.ndim, Tensor.numel, Tensor.nelement: the shape, the number of dimensions and of elements")
def shapes(torch, x, *, device):
    """`shape`, `size()`, `dim()`, `ndim`, `numel()` and `nelement()` tell one shape, `size(dim)` each part of it from either end."""
    return x.shape, x.size(), x.dim(), x.ndim, x.numel(), x.nelement(), [x.size(dim) for dim in range(-x.dim(), x.dim())]


@clause("ranks.size-dims", level="general", place="1 prose", table=reading.size_dims, requires=("ranks.shapes",),
        source="Tensor.size(dim): an int holding the size of that dimension; dims are in the range [-n, n-1]")
def size_dims(torch, x, dim, *, device):
    """`size(dim)` counts negative dims from the end and refuses dims out of range with an IndexError, of a 0-d tensor every dim."""
    return x.size(dim)


@clause("ranks.shape-is-a-tuple", level="general", place="1 prose", table=reading.shaped_some, requires=("ranks.shapes",),
        source="torch.Size: a subclass of tuple, it supports indexing and length; numel() is the number of elements it would have")
def shape_is_a_tuple(torch, x, *, device):
    """A shape is a tuple of ints: it compares, hashes, slices, unpacks and counts like one."""
    shape = x.shape
    plain = tuple(shape)
    return (
        plain, [*shape], list(shape[1:]), list(shape[-2:]), len(shape), isinstance(shape, tuple), shape == plain,
        hash(shape) == hash(plain), {plain: 7}.get(shape), shape.count(1), shape.index(shape[-1]) if plain else 0, shape.numel(), shape == x.size(),
    )


@clause("ranks.len", level="general", place="1 prose", table=reading.shaped_some, requires=("ranks.shapes",),
        source="Tensor.size; Python's data model: len() of an object without a length is a TypeError")
def length(torch, x, *, device):
    """`len` is the size of the first dimension; a 0-d tensor has none, which is a TypeError."""
    return len(x)


@clause("ranks.iteration", level="general", place="1 prose", table=reading.shaped_some, requires=("ranks.len",),
        source="torch.unbind: all slices along a dimension, already without it; Python's data model: what can't be iterated is a TypeError")
def iteration(torch, x, *, device):
    """Iteration gives the slices along the first dimension, in order; a 0-d tensor has none, which is a TypeError."""
    return list(iter(x))


@clause("ranks.item-types", level="general", place="1 In [3]", table=reading.single, requires=("ranks.item",),
        source="Tensor.item: returns the value of this tensor as a standard Python number")
def item_types(torch, x, *, device):
    """`item()` of one element, in any shape and layout, is exactly its bool, int, float or complex number, by the dtype's kind."""
    return x.item()


@clause("ranks.items-of-a-vector", level="general", place="1 In [3]", table=reading.vectors, requires=("ranks.item-types",),
        source="Tensor.item: returns the value of this tensor as a standard Python number")
def items_of_a_vector(torch, x, *, device):
    """`item()` of each element of a vector is exactly that element, the extremes of its dtype included."""
    return [x[place].item() for place in range(len(x))]


@clause("ranks.subnormals", level="general", place="1 In [3]", table=reading.subnormals, subnormals=True, requires=("ranks.items-of-a-vector",),
        source="Tensor.item, Tensor.tolist, torch.tensor: the values as they are; torch.set_flush_denormal: by default denormal numbers are not flushed")
def subnormals(torch, x, *, device):
    """Subnormal numbers are read as they are, made of Python's numbers as they are, and are not zero."""
    values = x.tolist()
    first = x[(0,) * x.dim()]
    made = torch.tensor(values, dtype=x.dtype, device=device), torch.full((2,), first.item(), dtype=x.dtype, device=device)
    return values, first.item(), float(first), bool(first), complex(first), made, torch.tensor(values, dtype=torch.float64, device=device), torch.tensor(x, device=device)


@clause("ranks.item-of-several", level="general", place="1 In [3]", table=reading.several, requires=("ranks.item-types",), versions=">=2.0",
        source="Tensor.item: this only works for tensors with one element; torch 1.13 refuses with a ValueError, 2.13 with a RuntimeError")
def item_of_several(torch, x, *, device):
    """`item()` of several elements, or of none, is refused with a RuntimeError."""
    return x.item()


@clause("ranks.tolist", level="general", reaches=(*reach.LAYOUTS, *reach.DTYPES_OF_ANY_KIND, *reach.SHAPES, *reach.SIZES_PAST_1024, *reach.VALUES),
        place="1 In [3]", table=reading.lists, requires=("ranks.item-types",),
        source="Tensor.tolist: returns the tensor as a (nested) list; for scalars, a standard Python number, just like with item()")
def tolist(torch, x, *, device):
    """`tolist()` gives the elements as Python numbers in lists nested as the shape says, whatever the layout."""
    return x.tolist()


@clause("ranks.reads-follow-writes", level="general", place="1 In [3]", table=creation.of_tensors, requires=("ranks.tolist",),
        source="Tensor.tolist, Tensor.item: they read the tensor as it is when they are called")
def reads_follow_writes(torch, x, *, device):
    """What is read after a write is what was written, though it was read before too."""
    before = x.tolist()
    part = x[:1] if x.dim() else x
    part[...] = 1
    between = x.tolist()
    part.detach()[...] = 0
    detached = x.tolist()
    x[...] = 0
    after = x.tolist(), x[(0,) * x.dim()].item() if x.numel() else None
    x.data[...] = 1
    return before, between, detached, after, x.tolist(), x[(0,) * x.dim()].item() if x.numel() else None


@clause("ranks.numbers", level="general", place="1 In [3]", table=reading.finite, requires=("ranks.item-types",),
        source="torch.is_nonzero, Tensor.item; Python's int() truncates, float() and complex() round as Python's own do")
def numbers(torch, x, *, device):
    """`bool`, `int`, `float` and `complex` of one element are those of its Python number."""
    return bool(x), int(x), float(x), complex(x)


@clause("ranks.truth-and-complex", level="general", place="1 In [3]", table=reading.single_some, requires=("ranks.item-types",),
        source="torch.is_nonzero: whether the input is a single element tensor which is not equal to zero; NaN is not")
def truth_and_complex(torch, x, *, device):
    """`bool` of one element says whether it is other than zero, NaN included; `complex` keeps both parts."""
    return bool(x), complex(x), not x


@clause("ranks.truth-of-several", level="general", place="1 In [3]", table=reading.several, requires=("ranks.truth-and-complex",),
        source="torch.is_nonzero: throws a RuntimeError if torch.numel() != 1")
def truth_of_several(torch, x, *, device):
    """`bool` of several elements, or of none, is refused with a RuntimeError."""
    return bool(x)


@clause("ranks.number-of-several", level="general", place="1 In [3]", table=reading.one_or_several, requires=("ranks.numbers",),
        source="Tensor.item: this only works for tensors with one element; the type of the error has changed between versions")
def number_of_several(torch, x, kind, *, device):
    """`int`, `float` and `complex` take one element, and refuse several and none."""
    try:
        return {"int": int, "float": float, "complex": complex}[kind](x)
    except (ValueError, RuntimeError, TypeError):
        return "refused"


@clause("ranks.index", level="general", place="1 In [3]", table=reading.indices, requires=("ranks.numbers",),
        source="Python's data model: __index__ gives an int where an index is wanted, and what has none is a TypeError")
def index(torch, x, *, device):
    """An integer tensor of one element is an index into a list; floats and several elements are refused with a TypeError."""
    return ["zero", "one", "two"][x], list(range(x)), list(range(5))[x:]


@clause("ranks.contains", level="general", place="1 In [3]", table=reading.memberships, requires=("ranks.numbers",),
        source="Tensor.__contains__: checks if the element is present in the tensor")
def contains(torch, x, number, *, device):
    """`in` says whether a number, or a 0-d tensor of it, equals an element."""
    return number in x, number not in x, torch.tensor(number, device=device) in x


@clause("ranks.dtype-inference", level="general", place="1 In [5]", table=creation.inferred, requires=("ranks.matrix", "ranks.empty-vector"),
        source="torch.tensor: dtype, if None, is inferred from data; torch.set_default_dtype: Python floats take it, ints are int64")
def dtype_inference(torch, data, *, device):
    """Bools make a bool tensor, ints int64, floats float32, complex numbers complex64, mixed lists the highest kind among them."""
    made = torch.tensor(data, device=device), torch.tensor(data=data, device=device), torch.as_tensor(data, device=device)
    if isinstance(data, list) and data:
        # The same list holds others by the next call.
        data[-1] = data[0]
    return made, torch.tensor(data, device=device)


@clause("ranks.dtype-argument", level="general", place="1 In [5]", table=creation.asked_dtypes, requires=("ranks.dtype-inference",),
        source="torch.tensor: dtype is the desired data type of the returned tensor")
def dtype_argument(torch, data, dtype, *, device):
    """A dtype that is asked for is the tensor's, with each number rounded to it, or truncated toward zero, or taken as a truth."""
    return torch.tensor(data, dtype=dtype, device=device), torch.as_tensor(data, dtype=dtype, device=device)


@clause("ranks.no-device-named", level="general", place="1 In [5]", table=creation.unplaced, on="cpu",
        requires=("ranks.dtype-inference", "ranks.filled", "ranks.arange"),
        source="torch.tensor, zeros, ones, empty, full, arange: device, if None, is the current device for the default tensor type; dtype, if None, as without")
def no_device_named(torch, way, arguments, dtype, *, device):
    """Tensors are made alike where no device is named, with a dtype and without."""
    make = getattr(torch, way)
    return make(*arguments) if dtype is None else make(*arguments, dtype=dtype)


@clause("ranks.ragged-lists", level="general", place="1 In [5]", table=creation.ragged, requires=("ranks.dtype-inference",),
        source="torch.tensor: data is array_like; a sequence of another length is a ValueError (`expected sequence of length ...`)")
def ragged_lists(torch, data, *, device):
    """Lists side by side of different lengths are refused with a ValueError."""
    return torch.tensor(data, device=device)


@clause("ranks.data-that-is-none", level="general", place="1 In [5]", table=creation.misfits, requires=("ranks.dtype-inference",),
        source="torch.tensor: data can be a list, tuple, NumPy ndarray, scalar; int64 holds -2**63 to 2**63 - 1")
def data_that_is_none(torch, data, *, device):
    """Strings, None, lists beside numbers and ints beyond int64 make no tensor: they are refused, and what is like them but legal is not."""
    try:
        return torch.tensor(data, device=device)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return "refused"


@clause("ranks.tensors-in-a-list", level="general", place="1 In [5]", table=creation.zero_dims, requires=("ranks.dtype-inference",),
        source="torch.tensor: data can be a list, tuple, ..., and other types; 0-d tensors count as the numbers they hold, of their dtype")
def tensors_in_a_list(torch, x, y, *, device):
    """0-d tensors in a list make a tensor of their values, of the dtype that theirs promote to."""
    pairs = torch.tensor([x, y], device=device), torch.tensor([y, x], device=device), torch.tensor([[x, y], [y, x]], device=device)
    odd = torch.tensor([x, x, y], device=device), torch.tensor((y, y, y, x), device=device), torch.tensor([x] * 33 + [y], device=device)
    return pairs, odd, torch.tensor([[x], [y]], device=device), torch.tensor(([y], (x,)), device=device)


@clause("ranks.tensor-copies", level="general", place="1 In [5]", table=creation.of_tensors, requires=("ranks.dtype-inference",),
        source="torch.tensor: constructs a tensor with no autograd history by copying data")
def tensor_copies(torch, x, *, device):
    """`tensor` of a tensor is a copy: writes to either do not reach the other."""
    first = torch.tensor(x, device=device)
    second = torch.tensor(x, device=device)
    first[...] = 1
    x[...] = 0
    return first, second, x


@clause("ranks.as-tensor", level="general", place="1 In [5]", table=creation.conversions, requires=("ranks.tensor-copies",),
        source="torch.as_tensor: if data is already a tensor with the requested dtype and device then data itself is returned")
def as_tensor(torch, x, dtype, *, device):
    """`as_tensor` gives a tensor of the dtype back itself, and converts one of another dtype, as `tensor` does in a copy."""
    same = torch.as_tensor(x)
    copied = torch.tensor(x, dtype=dtype, device=device)
    results = same is x, same.clone(), torch.as_tensor(x, dtype=dtype).clone(), copied
    x[...] = 1
    return results, torch.as_tensor(x, dtype=dtype), torch.tensor(x, dtype=dtype, device=device)


@clause("ranks.filled", level="general", place="1 In [5]", table=creation.sizes, strides=True, requires=("ranks.shapes",),
        source="torch.zeros, torch.ones, torch.full: size can be a variable number of arguments or a collection; dtype defaults to the default")
def filled(torch, sizes, dtype, *, device):
    """`zeros`, `ones` and `empty` take sizes one by one or together, and `zeros` holds zeros whatever its memory held before."""
    used = torch.full(sizes, 1.5, device=device), torch.ones(sizes, dtype=dtype, device=device)
    del used
    zeros = torch.zeros(sizes, dtype=dtype, device=device)
    spread = torch.zeros(*sizes, dtype=dtype, device=device) if sizes else zeros
    ones = torch.ones(list(sizes), dtype=dtype, device=device)
    named = torch.zeros(size=sizes, dtype=dtype, device=device), torch.ones(size=sizes, dtype=dtype, device=device)
    again = torch.zeros(ones.shape, dtype=dtype, device=device)
    again[...] = 1
    return zeros, spread, ones, named, torch.empty(zeros.shape, dtype=dtype, device=device), again, torch.zeros(sizes, dtype=dtype, device=device)


@clause("ranks.negative-sizes", level="general", place="1 In [5]", table=creation.negative_sizes, requires=("ranks.filled",),
        source="torch.zeros: size is a sequence of integers defining the shape; a negative one is refused (RuntimeError)")
def negative_sizes(torch, sizes, *, device):
    """A negative size is refused with a RuntimeError."""
    return torch.zeros(sizes, device=device)


@clause("ranks.full", level="general", place="1 In [5]", table=creation.fills, strides=True, requires=("ranks.filled",),
        source="torch.full: the tensor's dtype is inferred from fill_value")
def full(torch, sizes, number, dtype, *, device):
    """`full` fills every element with the number, of the number's own dtype where none is asked for."""
    named = torch.full(size=sizes, fill_value=number, dtype=dtype, device=device)
    first = torch.full(sizes, number, dtype=dtype, device=device)
    first[...] = 0
    return named, torch.full(list(sizes), number, dtype=dtype, device=device), first


@clause("ranks.arange", level="general", place="1 In [5]", table=creation.bounds, strides=True, requires=("ranks.dtype-inference",),
        source="torch.arange: a 1-D tensor of size ceil((end - start) / step) with values from [start, end); ints give int64, floats the default")
def arange(torch, bounds, dtype, *, device):
    """`arange` counts from start to before end by step, in either direction, exactly where the dtype holds the numbers."""
    counted = torch.arange(*bounds, dtype=dtype, device=device)
    names = ("end",) if len(bounds) == 1 else ("start", "end", "step")
    *before, last = zip(names, bounds, strict=False)
    named = torch.arange(**dict([*before, last]), dtype=dtype, device=device)
    return counted, named, torch.arange(*bounds[:-1], **dict([last]), dtype=dtype, device=device)


@clause("ranks.arange-refusals", level="general", place="1 In [5]", table=creation.wrong_bounds, requires=("ranks.arange",),
        source="torch.arange: step must be nonzero, and the bounds consistent with its sign (RuntimeError)")
def arange_refusals(torch, bounds, *, device):
    """A step of 0, or one that leads away from the end, is refused with a RuntimeError."""
    return torch.arange(*bounds, device=device)


@clause("ranks.default-dtype", level="general", place="1 In [5]", table=creation.default_dtypes, sets=("default dtype",),
        requires=("ranks.dtype-inference", "ranks.filled"),
        source="torch.set_default_dtype: the dtype of Python floats, and by it of complex numbers; of results of true division of ints")
def default_dtype(torch, x, data, mixed, numbers, dtype, *, device):
    """The default dtype is that of Python floats, of tensors made by sizes alone, and of ints divided or met by a float, and complex numbers are of the complex one of it."""
    kept = torch.get_default_dtype()
    before = torch.tensor([0.5], device=device), torch.tensor(mixed[0], device=device), torch.full((2,), 2.5, device=device)
    torch.set_default_dtype(dtype)
    made = torch.tensor(data, device=device), torch.as_tensor(data, device=device), [torch.tensor(one, device=device) for one in mixed]
    of_numbers = [(torch.full((2,), one, device=device), torch.tensor(one, device=device), torch.tensor([one], device=device), x * one) for one in numbers]
    of_sizes = torch.zeros(2, device=device), torch.ones((2, 1), device=device), torch.empty(0, device=device), torch.rand(0, device=device)
    counted = torch.arange(0.0, 2.0, 0.5, device=device), torch.arange(3, device=device), torch.arange(0, 2, 0.5, device=device), torch.arange(2.0, device=device)
    results = torch.get_default_dtype(), made, of_numbers, of_sizes, counted, x / 4, 2 / (x + x / x), torch.tensor(x, device=device)
    single = x.float()
    own = single, x.double(), x.to(torch.float32), x.item() if x.numel() == 1 else x.tolist(), single.mean(), single @ single, single * 2.5, single / 3, single.argmax()
    torch.set_default_dtype(kept)
    return before, results, own, torch.tensor([0.5], device=device), torch.tensor(mixed[0], device=device), torch.full((2,), 2.5, device=device), x / 4


@clause("ranks.default-dtype-is-a-float", level="general", place="1 In [5]", table=creation.all_dtypes, sets=("default dtype",),
        requires=("ranks.default-dtype",), source="torch.set_default_dtype: supports floating point dtypes; others raise an exception (TypeError)")
def default_dtype_is_a_float(torch, dtype, *, device):
    """Only a float dtype can be the default one: others are refused with a TypeError."""
    torch.set_default_dtype(dtype)


@clause("ranks.legacy-lists", level="general", place="1 In [4]", table=creation.legacy_lists, on="cpu",
        requires=("ranks.float-tensor-constructor", "ranks.long-tensor-constructor"),
        source="torch.Tensor: a tensor type for each dtype; torch.Tensor is an alias for the default one, torch.FloatTensor")
def legacy_lists(torch, name, data, *, device):
    """Each legacy constructor makes a tensor of its own dtype from lists of any numbers that the dtype holds."""
    return getattr(torch, name)(data)


@clause("ranks.legacy-scalars", level="general", place="1 In [4]", table=creation.legacy_scalars, on="cpu", requires=("ranks.legacy-lists",),
        source="torch.Tensor: can be constructed from a Python list or sequence; NumPy scalars in it count as numbers")
def legacy_scalars(torch, name, one, *, device):
    """Legacy constructors take NumPy scalars in a list."""
    return getattr(torch, name)([one, one])


@clause("ranks.legacy-default", level="general", place="1 In [4]", table=creation.legacy_defaults, on="cpu", sets=("default dtype",),
        requires=("ranks.legacy-lists", "ranks.default-dtype"),
        source="torch.Tensor is an alias for the default tensor type; torch.set_default_dtype: that type is of the default floating point dtype")
def legacy_default(torch, data, dtype, *, device):
    """`Tensor` makes tensors of the default dtype, whichever it is set to, and the other legacy constructors of their own."""
    torch.set_default_dtype(dtype)
    return torch.Tensor(data), torch.Tensor(2, 3), torch.Tensor(), torch.FloatTensor(data), torch.DoubleTensor(data)


@clause("ranks.legacy-sizes", level="general", place="1 In [4]", table=creation.legacy_sizes, on="cpu", requires=("ranks.legacy-lists",),
        source="torch.Tensor: construct with sizes to create an uninitialised tensor of specific size")
def legacy_sizes(torch, name, sizes, *, device):
    """Legacy constructors called with sizes make a tensor of that shape, whose elements may be anything; with nothing, an empty one."""
    return getattr(torch, name)(*sizes)


@clause("ranks.rand-values", level="general", place="5 In [18]", table=creation.random_sizes, sets=("rng",), requires=("ranks.rand",),
        source="torch.rand: random numbers from a uniform distribution on the interval [0, 1); size one by one or as a collection")
def rand_values(torch, sizes, dtype, *, device):
    """`rand` gives the shape and dtype asked for, and every value from 0 up to, not including, 1; they are not all equal."""
    x = torch.rand(sizes, dtype=dtype, device=device)
    spread = torch.rand(*sizes, dtype=dtype, device=device) if sizes else x
    values = x.view(-1).tolist()
    inside = all(0 <= one < 1 for one in values)
    # That 32 numbers are equal has a probability of 2**-248 at most; fewer may be.
    varied = len(set(values)) > 1 or not len(values) // 32
    return x, spread, torch.rand(x.shape, dtype=dtype, device=device), inside, varied


@clause("ranks.rand-repeats", level="general", place="5 In [18]", table=creation.seeds, sets=("rng",), requires=("ranks.rand-values",),
        source="torch.manual_seed: sets the seed for generating random numbers; the same seed gives the same numbers")
def rand_repeats(torch, sizes, dtype, seed, *, device):
    """The same seed gives the same numbers again, one call after another others, and another seed others."""
    torch.manual_seed(seed)
    first, second = [torch.rand(sizes, dtype=dtype, device=device).tolist() for _ in range(2)]
    torch.manual_seed(seed)
    again, further = [torch.rand(sizes, dtype=dtype, device=device).tolist() for _ in range(2)]
    torch.manual_seed(seed // 2 + 17)
    other = torch.rand(sizes, dtype=dtype, device=device).tolist()
    # One number may come twice; eight have a probability of 2**-64 at most.
    alone = len(first) == 1
    return first == again, second == further, alone or first != second, alone or first != other


@clause("ranks.rand-generator", level="general", place="5 In [18]", table=creation.generators, sets=("rng",), requires=("ranks.rand-repeats",),
        source="torch.rand(generator=): a pseudorandom number generator for sampling; torch.Generator.manual_seed sets its seed")
def rand_generator(torch, sizes, dtype, seed, *, device):
    """A generator of its own repeats with its own seed, whatever is drawn elsewhere, and leaves the default one alone."""
    torch.manual_seed(5)
    plain = torch.rand(sizes, dtype=dtype, device=device).tolist()
    one, other = torch.Generator(device=device).manual_seed(seed), torch.Generator(device=device).manual_seed(seed)
    torch.manual_seed(5)
    first = torch.rand(sizes, generator=one, dtype=dtype, device=device).tolist()
    undisturbed = torch.rand(sizes, dtype=dtype, device=device).tolist()
    second = torch.rand(sizes, generator=other, dtype=dtype, device=device).tolist()
    further = torch.rand(sizes, generator=one, dtype=dtype, device=device).tolist()
    return plain == undisturbed, first == second, len(first) == 1 or first != further


@clause("ranks.rand-is-uniform", level="general", place="5 In [18]", table=creation.streams, sets=("rng",), requires=("ranks.rand-repeats",),
        source="torch.rand: uniform on [0, 1). By Hoeffding, 4096 such values miss the mean by 0.0592 with a probability below 1e-12")
def rand_is_uniform(torch, dtype, seed, *, device):
    """The mean of 4096 values lies near one half, half of them below it, and they reach both ends."""
    torch.manual_seed(seed)
    values = torch.rand(4096, dtype=dtype, device=device).tolist()
    # A half type may round down to its grid, which is 1/256 at its widest.
    bound, low, half, high = 0.0592 + 1 / 256, 0.1, 0.5, 0.9
    below = sum(one < half for one in values) / 4096
    return abs(sum(values) / 4096 - half) < bound, abs(below - half) < bound, min(values) < low, max(values) > high
