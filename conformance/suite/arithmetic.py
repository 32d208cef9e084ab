"""Elementwise arithmetic."""

from conformance.catalogue import clause
from conformance.strategies import reach
from conformance.strategies.tables import elementwise


@clause("arithmetic.vector-plus-number", "vector-plus-number")
def vector_plus_number():
    """A vector plus a Python number adds it to each element and keeps the vector's dtype."""


@clause("arithmetic.vector-times-number", "vector-times-number")
def vector_times_number():
    """A vector times a Python number multiplies each element and keeps the vector's dtype."""


@clause("arithmetic.vector-plus-vector", "vector-plus-vector")
def vector_plus_vector():
    """The sum of two vectors is taken element by element."""


@clause("arithmetic.add", "matrix-plus-matrix", "int-add")
def add():
    """The sum of two integer matrices is taken element by element and stays integer."""


@clause("arithmetic.subtract", "int-subtract")
def subtract():
    """The difference of two integer matrices is taken element by element and stays integer."""


@clause("arithmetic.multiply", "matrix-times-matrix", "int-multiply")
def multiply():
    """`*` of two integer matrices is the product element by element, not the matrix product, and stays integer."""


@clause("arithmetic.true-division", "int-divide")
def true_division():
    """`/` of two integer matrices is true division element by element and gives floats."""


@clause("arithmetic.rounding", level="general", reaches=(*reach.LAYOUTS, *reach.DTYPES_OF_ANY_KIND, *reach.SHAPES_WITH_DIMS, *reach.SIZES_PAST_1024, *reach.VALUES),
        place="4 In [2]", table=elementwise.layouts,
        source="torch.add, sub, mul, div: the operation element by element; IEEE 754: correctly rounded")
def rounding(torch, x, y, operation, *, device):
    """`+ - * /` of two tensors of one dtype, however they lie in memory, are correctly rounded bit for bit, and integers wrap around."""
    function, method = getattr(torch, operation), getattr(x, operation)
    if operation in ("add", "sub"):
        written = x + y if operation == "add" else x - y
    else:
        written = x * y if operation == "mul" else x / y
    return function(x, y), method(y), written


@clause("arithmetic.subnormals", level="general", place="4 In [2]", table=elementwise.subnormals, subnormals=True,
        source="torch.set_flush_denormal: by default denormal numbers are not flushed; IEEE 754: gradual underflow")
def subnormals(torch, x, y, operation, *, device):
    """Subnormal operands and results keep their values: nothing is flushed to zero."""
    return getattr(torch, operation)(x, y)


@clause("arithmetic.special-numbers", level="general", place="4 In [2]", table=elementwise.special_numbers,
        requires=("arithmetic.rounding", "arithmetic.division-by-zero"),
        source="torch.add, sub, mul, div: the operation element by element; IEEE 754: 0 * inf and 0 * NaN are NaN, and x + NaN is NaN")
def special_numbers(torch, base, x, y, operation, *, device):
    """Operations with 0, 1, infinities and NaN hold for each element, be it infinite, NaN or a negative zero, written anew, in place or into `out=`."""
    new, method = getattr(torch, operation)(x, y), getattr(x, operation)(y)
    if operation in ("add", "sub"):
        infix, reflected = (x + y, y + x) if operation == "add" else (x - y, y - x)
    else:
        infix, reflected = (x * y, y * x) if operation == "mul" else (x / y, y / x)
    itself = getattr(torch, operation)(x, x)
    if x.dtype != new.dtype:
        return new, method, infix, reflected, itself, x, base
    target, own, other = x.clone(), x.clone(), x.clone()
    getattr(torch, operation)(x, y, out=target)
    getattr(torch, operation)(own, y, out=own)
    if operation in ("add", "sub"):
        if operation == "add":
            other += y
        else:
            other -= y
    elif operation == "mul":
        other *= y
    else:
        other /= y
    getattr(x, operation + "_")(y)
    return new, method, infix, reflected, itself, target, own, other, x, base


@clause("arithmetic.special-factors", level="general", place="4 In [2]", table=elementwise.special_factors, requires=("arithmetic.alpha",),
        source="torch.add, torch.sub: out = input + alpha * other, input - alpha * other; IEEE 754: 0 * inf and 0 * NaN are NaN")
def special_factors(torch, x, y, alpha, operation, *, device):
    """`alpha` of 0 keeps the NaN that infinities and NaN times zero are, and 1 and -1 are factors like others."""
    target = torch.full(x.shape, 7, dtype=x.dtype, device=device)
    results = getattr(torch, operation)(x, y, alpha=alpha), getattr(x, operation)(y, alpha=alpha), getattr(torch, operation)(x, y, alpha=alpha, out=target)
    getattr(x, operation + "_")(y, alpha=alpha)
    return (*results, x)


@clause("arithmetic.integers-wrap", level="general", place="4 In [2]", table=elementwise.wrapping,
        requires=("arithmetic.rounding",), source="integers of so many bits in two's complement: what does not fit is taken modulo 2^bits")
def integers_wrap(torch, x, y, operation, *, device):
    """Sums, differences and products of integers that do not fit their dtype wrap around."""
    function, method = getattr(torch, operation), getattr(x, operation)
    if operation in ("add", "sub"):
        written, reflected = (x + y, y + x) if operation == "add" else (x - y, y - x)
    else:
        written, reflected = x * y, y * x
    return function(x, y), method(y), written, reflected


@clause("arithmetic.division-by-zero", level="general", place="4 In [2]", table=elementwise.divisions_by_zero,
        source="torch.div: true division, of integers too; IEEE 754: a quotient by zero is an infinity, and NaN for 0 / 0")
def division_by_zero(torch, x, y, *, device):
    """Division by zero gives an infinity of the right sign, and NaN for zero and NaN, for integers as for floats."""
    return torch.div(x, y), x.div(y), x / y


@clause("arithmetic.sizes", level="general", place="4 In [2]", table=elementwise.sizes, requires=("arithmetic.rounding",),
        reaches=("size: 1 to 8", "size: 9 to 32", "size: 33 to 1024", "size: 1025 to 32768", "size: more than 32768"),
        source="torch.add, sub, mul, div: the operation element by element, of however many elements")
def sizes(torch, x, y, operation, spelling, *, device):
    """`+ - * /` are right for any number of elements, on either side, written into a new tensor, in place or into `out=`."""
    if spelling == "in place":
        return getattr(x, operation + "_")(y)
    if spelling == "out":
        target = torch.full(x.shape, 7, dtype=x.dtype, device=device)
        return getattr(torch, operation)(x, y, out=target), target
    if spelling == "function":
        return getattr(torch, operation)(x, y)
    if spelling == "keywords":
        return getattr(torch, operation)(input=x, other=y)
    if spelling == "method":
        return getattr(x, operation)(y)
    left, right = (y, x) if spelling == "reflected" else (x, y)
    if operation == "add":
        return left + right
    if operation == "sub":
        return left - right
    if operation == "mul":
        return left * right
    return left / right


@clause("arithmetic.broadcasting", level="general", reaches=(*reach.LAYOUTS, *reach.DTYPES_OF_ANY_KIND, *reach.SHAPES, *reach.SIZES, *reach.VALUES),
        place="1 In [4]", table=elementwise.broadcasts,
        source="Broadcasting semantics: dimensions of size 1 are expanded, and missing ones are taken as 1")
def broadcasting(torch, x, y, operation, *, device):
    """Operands of different shapes are broadcast: sizes are equal, 1, or missing, counted from the last dimension."""
    function, method = getattr(torch, operation), getattr(x, operation)
    if operation in ("add", "sub"):
        written = x + y if operation == "add" else x - y
    else:
        written = x * y if operation == "mul" else x / y
    return function(x, y), method(y), written


@clause("arithmetic.shapes-that-differ", level="general", place="1 In [4]", table=elementwise.shapes_that_differ,
        source="Broadcasting semantics: dimension sizes must either be equal, one of them is 1, or one of them does not exist",
        requires=("arithmetic.broadcasting",))
def shapes_that_differ(torch, x, y, operation, spelling, *, device):
    """Operands whose sizes neither agree nor are 1 are refused with a RuntimeError."""
    if spelling == "function":
        return getattr(torch, operation)(x, y)
    if spelling == "method":
        return getattr(x, operation)(y)
    if operation == "add":
        return x + y
    if operation == "sub":
        return x - y
    if operation == "mul":
        return x * y
    return x / y


@clause("arithmetic.spellings", level="general", place="4 In [2]", table=elementwise.aliases, requires=("arithmetic.rounding",),
        source="torch.subtract, multiply, divide, true_divide: aliases; torch.add(input, other)")
def spellings(torch, x, y, operation, *, device):
    """Each name of an operation, as a function and as a method, new, in place and into `out=`, with positions and with keywords, gives the same."""
    function, method = getattr(torch, operation), getattr(x, operation)
    results = function(x, y), function(input=x, other=y), function(x, other=y), method(y), method(other=y)
    target = torch.full(x.shape, 7, dtype=results[0].dtype, device=device)
    into = function(x, y, out=target)
    if results[0].dtype != x.dtype:
        return (*results, into, target)
    first, second = x.clone(), x.clone()
    return (*results, into, target, getattr(first, operation + "_")(y), first, getattr(second, operation + "_")(other=y), second)


@clause("arithmetic.alpha", level="general", place="4 In [2]", table=elementwise.factors, requires=("arithmetic.rounding",),
        source="torch.add, torch.sub: out = input + alpha * other, input - alpha * other")
def alpha_factor(torch, x, y, alpha, operation, *, device):
    """`alpha` is a factor before the second operand of a sum or a difference, in place and into either operand too."""
    function, method = getattr(torch, operation), getattr(x, operation)
    results = function(x, y, alpha=alpha), method(y, alpha=alpha), function(input=x, other=y, alpha=alpha), method(other=y, alpha=alpha)
    if results[0].dtype != x.dtype:
        return results
    target, into, second = x.clone(), x.clone(), x.clone()
    getattr(target, operation + "_")(y, alpha=alpha)
    function(into, y, alpha=alpha, out=into)
    function(x, second, alpha=alpha, out=second)
    return (*results, target, into, second)


@clause("arithmetic.calls-in-a-row", level="general", place="1 In [4]", table=elementwise.rows_of_numbers,
        requires=("promotion.numbers",), source="Type promotion: of the operands of each operation alone")
def calls_in_a_row(torch, x, numbers, operation, spelling, *, device):
    """What an operation with a number gives does not depend on the numbers of the calls before it."""
    results = []
    for number in (*numbers, *numbers[:1]):
        left, right = (number, x) if spelling == "reflected" else (x, number)
        if spelling == "function":
            results.append(getattr(torch, operation)(x, number))
        elif spelling == "method":
            results.append(getattr(x, operation)(number))
        elif operation in ("add", "sub"):
            results.append(left + right if operation == "add" else left - right)
        else:
            results.append(left * right if operation == "mul" else left / right)
    return tuple(results)


@clause("arithmetic.results-are-their-own", level="general", place="4 In [2]", table=elementwise.neutral,
        requires=("arithmetic.rounding",), source="torch.add, sub, mul, div: returns a new tensor")
def results_are_their_own(torch, x, y, operation, *, device):
    """A result shares no memory with its operands, nor with another result, and follows its operands as they are at the call."""
    function = getattr(torch, operation)
    first, second, own = function(x, y), function(x, y), function(x, x)
    first[...] = 0
    before = x.clone()
    x[...] = 1
    third = function(x, y), function(x, x)
    x.data[...] = 0
    return first, second, own, before, third, function(x, y), x


@clause("arithmetic.in-place", level="general", place="4 In [2]", table=elementwise.in_place,
        source="Type promotion: in place, the result must not be of a higher category than the tensor it is written to")
def in_place(torch, x, y, operation, spelling, *, device):
    """An operation in place writes its result, cast to the target's dtype, or is refused where the category would have to fall."""
    if spelling == "method":
        return getattr(x, operation + "_")(y), x
    if operation == "add":
        x += y
    elif operation == "sub":
        x -= y
    elif operation == "mul":
        x *= y
    else:
        x /= y
    return x, x


@clause("arithmetic.targets", level="general", reaches=(*reach.LAYOUTS, *reach.DTYPES_OF_ANY_KIND, *reach.SIZES_PAST_1024, *reach.VALUES),
        place="4 In [2]", table=elementwise.targets, requires=("arithmetic.in-place",),
        source="Tensor.add_, sub_, mul_, div_: the in-place version; Tensor Views: a write to a view is a write to its base")
def targets(torch, base, x, y, operation, *, device):
    """An operation in place writes each element of its target where that lies, and nothing beside it."""
    returned = getattr(x, operation + "_")(y)
    by_method = base.clone()
    if operation in ("add", "sub"):
        if operation == "add":
            x += y
        else:
            x -= y
    elif operation == "mul":
        x *= y
    else:
        x /= y
    by_operator = base.clone()
    getattr(torch, operation)(x, y, out=x)
    return by_method, by_operator, base, returned, x


@clause("arithmetic.targets-do-not-grow", level="general", place="4 In [2]", table=elementwise.growing_targets,
        requires=("arithmetic.in-place",),
        source="Broadcasting semantics: in-place operations do not allow the in-place tensor to change shape as a result of the broadcast")
def targets_do_not_grow(torch, x, y, operation, spelling, *, device):
    """An operation in place whose result has another shape than its target is refused with a RuntimeError."""
    if spelling == "method":
        getattr(x, operation + "_")(y)
    elif operation == "add":
        x += y
    elif operation == "sub":
        x -= y
    elif operation == "mul":
        x *= y
    else:
        x /= y
    return x


@clause("arithmetic.outputs", level="general", place="4 In [2]", table=elementwise.outputs, requires=("arithmetic.targets",),
        source="torch.add, sub, mul, div: out (Tensor, optional): the output tensor")
def outputs(torch, base, x, y, target, operation, *, device):
    """`out=` takes the result where it lies, be it one of the operands itself, and nothing beside it is written."""
    return getattr(torch, operation)(x, y, out=target), target, base


@clause("arithmetic.empty-outputs", level="general", place="4 In [2]", table=elementwise.empty_outputs, requires=("arithmetic.outputs",),
        source="Out Notes: if an out tensor has no elements it will be resized to the shape, stride, and memory format of the output of the computation")
def empty_outputs(torch, x, y, way, *, device):
    """`out=` of a tensor without elements is given the result's shape, and takes the result, and the next one in its place."""
    target = torch.empty(0, dtype=x.dtype, device=device)
    results = []
    for number in (None, 3):
        if number is not None:
            x[...] = number
        if way == "mean":
            made = torch.mean(x, 0, out=target)
        elif way == "cat":
            made = torch.cat([x, y], out=target)
        else:
            made = getattr(torch, way)(x, y, out=target)
        results.append((made is target, made.clone(), target.clone()))
    return results, target


@clause("arithmetic.output-dtypes", level="general", place="4 In [2]", table=elementwise.output_dtypes,
        requires=("arithmetic.outputs",),
        source="Type promotion: an integral output tensor can't accept a floating tensor, nor a boolean one an integral, nor a real one a complex")
def output_dtypes(torch, x, y, target, operation, *, device):
    """`out=` of another dtype takes the result cast to it, or is refused with a RuntimeError where the category would have to fall."""
    getattr(torch, operation)(x, y, out=target)
    return target
