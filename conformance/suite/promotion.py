"""Dtypes: asked for, inferred, promoted, cast."""

from conformance.catalogue import clause
from conformance.strategies import reach
from conformance.strategies.tables import casting, elementwise


@clause("promotion.dtype-argument", "dtype-argument")
def dtype_argument():
    """`torch.int` as the dtype of a new tensor is int32."""


@clause("promotion.float-literal", "float-literal")
def float_literal():
    """A tensor made from Python floats has the default float dtype, float32."""


@clause("promotion.int-with-float", "int-plus-float")
def int_with_float():
    """An int32 tensor plus a float32 tensor is float32."""


@clause("promotion.cast", "int-plus-cast-float")
def cast():
    """A float tensor cast to int32 with `type` and added to an int32 tensor gives int32."""


@clause("promotion.tensors", level="general", reaches=(*reach.DTYPES_OF_ANY_KIND, *reach.VALUES),
        place="5 In [12]", table=elementwise.dtype_pairs, requires=("promotion.int-with-float",),
        source="Type promotion: promote to a type with sufficient size and category to hold all dimensioned operands")
def tensors(torch, x, y, operation, *, device):
    """Two tensors with dimensions give the smallest dtype that holds both of theirs, and the operation's value in it."""
    function, method = getattr(torch, operation), getattr(x, operation)
    if operation in ("add", "sub"):
        written = x + y if operation == "add" else x - y
    else:
        written = x * y if operation == "mul" else x / y
    return function(x, y), method(y), written


@clause("promotion.zero-dim", level="general", place="5 In [12]", table=elementwise.zero_dim_pairs, requires=("promotion.tensors",),
        source="Type promotion: a zero-dim operand counts only where its category is higher than the dimensioned ones'")
def zero_dim(torch, x, y, operation, *, device):
    """A 0-d tensor raises the dtype of a tensor with dimensions only where its category is higher."""
    function, method = getattr(torch, operation), getattr(x, operation)
    if operation in ("add", "sub"):
        written = x + y if operation == "add" else x - y
    else:
        written = x * y if operation == "mul" else x / y
    return function(x, y), method(y), written


@clause("promotion.bools-are-not-subtracted", level="general", place="4 In [2]", table=elementwise.bool_differences,
        requires=("promotion.tensors",), source="torch.sub: the operands of a subtraction are not bool")
def bools_are_not_subtracted(torch, x, y, spelling, *, device):
    """Subtraction of a bool, be it a tensor or a number, on either side, is refused with a RuntimeError."""
    if spelling == "function":
        return torch.sub(x, y)
    if spelling == "method":
        return x.sub(y)
    if spelling == "in place":
        return x.sub_(y)
    return x - y


@clause("promotion.numbers", level="general", reaches=(*reach.LAYOUTS, *reach.DTYPES_OF_ANY_KIND, *reach.VALUES),
        place="1 In [4]", table=elementwise.numbers, requires=("promotion.tensors",),
        source="Type promotion: a Python number counts only where its category is higher than the tensors'")
def numbers(torch, x, y, operation, *, device):
    """A Python number on either side never raises a tensor's dtype within its category."""
    if operation in ("add", "sub"):
        written = (x + y, y + x) if operation == "add" else (x - y, y - x)
    else:
        written = (x * y, y * x) if operation == "mul" else (x / y, y / x)
    return getattr(torch, operation)(x, y), getattr(x, operation)(y), *written


@clause("promotion.numpy-numbers", level="general", place="1 In [4]", table=elementwise.numpy_numbers, requires=("promotion.numbers",),
        source="torch.add: other (Tensor or Number), and NumPy's scalars are registered as numbers.Number")
def numpy_numbers(torch, x, y, operation, *, device):
    """A NumPy scalar counts as the Python number that it holds."""
    function, method = getattr(torch, operation), getattr(x, operation)
    if operation in ("add", "sub"):
        written = x + y if operation == "add" else x - y
    else:
        written = x * y if operation == "mul" else x / y
    target = x.clone()
    if written.dtype == x.dtype:
        getattr(target, operation + "_")(y)
    return function(x, y), method(y), written, target


@clause("promotion.default-dtype", level="general", place="5 In [12]", table=elementwise.default_dtypes, requires=("promotion.numbers",),
        sets=("default dtype",),
        source="torch.set_default_dtype: the dtype that Python floats are inferred as, and the result of integers divided")
def default_dtype(torch, x, y, z, numbers, default, operation, spelling, *, device):
    """Quotients of integers, and integers with Python floats, are of the default dtype, whichever it is set to, and with complex numbers of the complex one of it."""
    function, kept = getattr(torch, operation), torch.get_default_dtype()
    results = []
    for dtype in (kept, default, kept):
        torch.set_default_dtype(dtype)
        quotient = function(x, y)
        target = torch.full(x.shape, 7, dtype=quotient.dtype, device=device)
        results += [quotient, function(x, z), function(x, y, out=target), target]
        for number in numbers if dtype == default else numbers[:1]:
            left, right = (number, x) if spelling == "reflected" else (x, number)
            if spelling == "function":
                results.append(function(x, number))
            elif spelling == "method":
                results.append(getattr(x, operation)(number))
            elif operation in ("add", "sub"):
                results.append(left + right if operation == "add" else left - right)
            else:
                results.append(left * right if operation == "mul" else left / right)
    return tuple(results)


@clause("promotion.casts", level="general", reaches=(*reach.DTYPES_OF_ANY_KIND, *reach.VALUES),
        place="5 In [12]", table=casting.casts, requires=("promotion.cast",),
        source="Tensor.to: the tensor converted to the dtype; floats become integers by truncation toward zero")
def casts(torch, x, dtype, *, device):
    """Every dtype is cast to every other: rounded once, truncated toward zero, zero alone is False."""
    return x.to(dtype), x.type(dtype)


@clause("promotion.complex-to-bool", level="general", place="5 In [12]", table=casting.complex_to_bool, requires=("promotion.casts",),
        versions=">=2.4", source="Tensor.bool is to(torch.bool); since pull request 121803 both parts count, before it the imaginary part was discarded with a warning")
def complex_to_bool(torch, x, dtype, *, device):
    """A complex number is True unless both of its parts are zero."""
    return x.to(dtype), x.type(dtype)


@clause("promotion.truncation", level="general", place="5 In [12]", table=casting.truncations, requires=("promotion.casts",),
        source="Tensor.to to an integer dtype: the fraction is discarded, as in C++")
def truncation(torch, x, dtype, *, device):
    """A float within an integer dtype's range becomes the integer that is left when its fraction is cut off, negative ones too."""
    return x.to(dtype)


@clause("promotion.cast-rounding", level="general", place="5 In [12]", table=casting.roundings, requires=("promotion.casts",),
        source="IEEE 754: a conversion rounds to the nearest, halves to even, and beyond the range to infinity")
def cast_rounding(torch, x, dtype, *, device):
    """A cast to a narrower float dtype rounds once, to the nearest, halves to even, and what is too large becomes infinite."""
    return x.to(dtype)


@clause("promotion.casts-in-a-row", level="general", place="5 In [12]", table=casting.rows_of_casts, requires=("promotion.cast-rounding", "promotion.truncation"),
        source="Tensor.to: the tensor converted to the dtype; what a narrower dtype does not hold does not come back")
def casts_in_a_row(torch, x, between, dtype, names, *, device):
    """A cast begins with what the cast before it gave, rounded, cut off or wrapped to that dtype, however soon it follows."""
    first = x.to(between)
    named = getattr(getattr(x, names[0])(), names[1])()
    return x.to(between).to(dtype), x.type(between).type(dtype), named, first.to(dtype), first, first.to(x.dtype).to(between)


@clause("promotion.subnormals", level="general", place="5 In [12]", table=casting.subnormals, subnormals=True, requires=("promotion.cast-rounding",),
        source="Tensor.to: the tensor converted to the dtype; IEEE 754: gradual underflow; torch.set_flush_denormal: by default denormal numbers are not flushed")
def subnormals(torch, x, dtype, *, device):
    """A subnormal number is cast to the number that it is where the other dtype holds it, else to the nearest, and is True."""
    return x.to(dtype), x.type(dtype)


@clause("promotion.rounded-once", level="general", place="5 In [12]", table=elementwise.mixed_roundings, requires=("promotion.cast-rounding", "promotion.tensors"),
        source="Type promotion: operands are converted to the dtype of the result; IEEE 754: a conversion rounds once")
def rounded_once(torch, x, y, number, *, device):
    """Wherever an integer becomes a float, with an operand, a number, in place, in a mean or where it is written, it is rounded once."""
    target, column = y.clone(), torch.full((x.shape[0], 1), 7, dtype=x.dtype, device=device)
    target[...] = x
    column[:, 0] = x
    total = y.clone()
    total += x
    numbers = x + 0.0, 1.0 * x, x / 1, y + number, number + y
    return numbers, x + y, y + x, x * (y + 1), x - y, target, total, column.mean(-1, dtype=y.dtype), torch.cat([x, y])


@clause("promotion.truth", level="general", place="5 In [12]", table=casting.truths, requires=("promotion.casts",),
        source="Tensor.bool: zero is False, and whatever else is True")
def truth(torch, x, dtype, *, device):
    """Zero of either sign is False, and all else is True: NaN, infinities, the smallest fractions."""
    return x.to(dtype), x.bool()


@clause("promotion.cast-spellings", level="general", reaches=(*reach.LAYOUTS, *reach.DTYPES_OF_ANY_KIND, *reach.SHAPES, *reach.SIZES_PAST_1024, *reach.VALUES),
        place="5 In [12]", table=casting.cast_spellings, requires=("promotion.casts",),
        source="Tensor.to, type, type_as, float, double, half, bfloat16, int, long, short, char, byte, bool, cfloat, cdouble")
def cast_spellings(torch, x, like, dtype, name, *, device):
    """Each spelling of a cast gives the same values, of a tensor in any layout and shape."""
    named = getattr(x, name)()
    flags = False, True
    flagged = x.to(dtype, *flags), x.to(device, dtype, *flags[1:]), x.to(like, *flags), x.type(dtype, *flags[:1])
    keywords = x.to(dtype=dtype), x.to(device=device, dtype=dtype), x.to(dtype, copy=True), x.type(dtype=dtype)
    return x.to(dtype), *flagged, *keywords, x.to(like), x.to(device, dtype), x.type(dtype), x.type_as(like), named


@clause("promotion.same-dtype", level="general", place="5 In [12]", table=casting.same_dtypes, requires=("promotion.casts",),
        source="Tensor.to: if the tensor already has the correct dtype and device, then self is returned; Tensor.type: the original object is returned")
def same_dtype(torch, x, name, *, device):
    """A cast to the dtype that a tensor has already gives that tensor itself, and a copy only where one is asked for."""
    plainly = x.to(x.dtype) is x, x.type(x.dtype) is x, x.type_as(x) is x, getattr(x, name)() is x
    asked, unasked = (False, True), (True, False)
    flagged = x.to(x.dtype, *unasked[:1]) is x, x.to(x.dtype, *unasked) is x, x.type(x.dtype, *unasked[:1]) is x
    return *plainly, *flagged, x.to(x.dtype, copy=True) is x, x.to(x.dtype, *asked) is x


@clause("promotion.casts-are-copies", level="general", place="5 In [12]", table=casting.copies, requires=("promotion.same-dtype",),
        source="Tensor.to: otherwise the returned tensor is a copy; copy=True makes a new tensor even where the dtype is the same")
def casts_are_copies(torch, x, dtype, *, device):
    """A cast to another dtype, and one that asks for a copy, shares no memory with its source, and gives what that holds at the call."""
    flags = False, True
    copies = x.to(dtype, copy=True), x.to(dtype, *flags), x.to(device, dtype, *flags)
    cast = x.to(dtype)
    x[...] = 0
    again = x.to(dtype, copy=True), x.type(dtype).clone()
    x.data[...] = 1
    return *copies, cast, again, x.to(dtype), x
