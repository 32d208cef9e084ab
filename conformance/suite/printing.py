"""The printed form."""

from conformance.catalogue import clause
from conformance.strategies import reach
from conformance.strategies.tables import printing as tables

_OPTIONS = "torch.set_printoptions: "


@clause("printing.zero-dim", "zero-dim", "zero-dim-sum", "item", reads="text")
def zero_dim():
    """A 0-d tensor prints as its number alone in `tensor(...)`."""


@clause("printing.size", "one-element", "ellipsis-keeps-leading-dims", "rand", "permute", "legacy-tensor-shape",
        reads="text")
def size():
    """A shape prints as `torch.Size([...])`."""


@clause("printing.whole-floats", "float-vector", "vector-plus-number", "vector-times-number", "vector-plus-vector",
        "mean-dim-0", "int-plus-float", reads="text")
def whole_floats():
    """Floats that are all whole numbers print with a point and no digits behind it."""


@clause("printing.four-digits", "int-divide", "mean", "mean-dim-1", "gradient-of-a-mean", reads="text")
def four_digits():
    """Floats that are not all whole numbers print with four digits behind the point."""


@clause("printing.legacy-constructors", "float-tensor", "long-tensor", "legacy-tensor", "legacy-tensor-again",
        on="cpu", reads="text")
def legacy_constructors():
    """Tensors of the legacy constructors print like all others."""


@clause("printing.int-vector", "row", "column", "last-column", "ellipsis", "argmax", "argmax-dim-0", "argmax-dim-1",
        "view-then-write", reads="text")
def int_vector():
    """Integers print without a point, each padded to the width of the widest."""


@clause("printing.matrix", "matrix", "nested-list", "matrix-plus-matrix", "matrix-times-matrix", "int-add",
        "int-subtract", "int-multiply", "cat-rows", "cat-columns", "view", "clone-then-write", "write-then-reshape",
        "squeeze-all", reads="text")
def matrix():
    """A matrix prints a row a line, aligned under the first."""


@clause("printing.products", "mm", "matmul-operator", "matmul-method", "matmul-function", reads="text")
def products():
    """A matrix product prints like every other matrix."""


@clause("printing.blocks", "three-dims", "unsqueeze-first", "unsqueeze-last", reads="text")
def blocks():
    """A tensor of three or more dimensions prints in blocks with an empty line between them."""


@clause("printing.dtype-suffix", "int-plus-cast-float", reads="text")
def dtype_suffix():
    """A tensor of another dtype than the default one of its kind prints it as `dtype=...`."""


@clause("printing.dtype", "dtype-argument", "float-literal", reads="text")
def dtype():
    """A dtype prints as `torch.` and its name."""


@clause("printing.numpy-types", "to-array", "from-array", on="cpu", reads="text")
def numpy_types():
    """The results of the NumPy bridge and their types print as NumPy's and PyTorch's own."""


@clause("printing.device", "cpu-leaves-the-original", on="accelerator", reads="text")
def device():
    """The device of a tensor prints as its type and index."""


@clause("printing.moved-to-the-cpu", "matmul-after-moving", on="accelerator", reads="text")
def moved_to_the_cpu():
    """A tensor on the CPU prints without a device, wherever its values came from."""


@clause("printing.grad-fn", "gradient-of-a-line", reads="text")
def grad_fn():
    """A tensor with a gradient's history prints the function that made it as `grad_fn=<...>`."""


@clause("printing.summary", "summarised", reads="text")
def summary():
    """A tensor of more than 1000 elements prints the first and last three of each dimension and `...` between."""


# --- the rules behind it -------------------------------------------------------------------------------------


@clause("printing.integers", level="general", place="1 In [4]", reads="text", table=tables.integers, requires=("printing.int-vector",),
        reaches=("values: largest", "values: above 2^24", "values: above 2^53"),
        source="torch.set_printoptions: exponents are for floats; tensors print their elements as Python's numbers, in columns")
def integers(torch, x, *, device):
    """Integers and bools print exactly, without a point, each filled up with spaces to the width of the widest."""
    return x


@clause("printing.floats", level="general", place="4 In [2]", reads="text", table=tables.floats, requires=("printing.four-digits",),
        reaches=("values: nan", "values: inf", "values: -0.0"),
        source=_OPTIONS + "precision is 4; sci_mode is chosen by the framework: where max/min > 1000, max > 1e8 or min < 1e-4 (pytorch/pytorch#12746)")
def floats(torch, x, *, device):
    """Floats print with a bare point where all are whole, with four digits else, and with exponents where they span more than 1000 or reach beyond 1e8 or 1e-4."""
    return x


@clause("printing.floats-of-any-value", level="general", place="4 In [2]", reads="text", table=tables.random_floats,
        requires=("printing.floats",), source=_OPTIONS + "precision is 4; sci_mode is chosen by the framework")
def floats_of_any_value(torch, x, *, device):
    """A float prints as its exact value rounded to four digits, also where it is of a half type."""
    return x


@clause("printing.subnormals", level="general", place="4 In [2]", reads="text", table=tables.subnormals, subnormals=True,
        requires=("printing.floats",), source=_OPTIONS + "precision is 4; torch.set_flush_denormal: by default denormal numbers are not flushed")
def subnormals(torch, x, *, device):
    """A subnormal number prints as the number that it is, with an exponent."""
    return x


@clause("printing.complex", level="general", place="5 In [19]", reads="text", table=tables.complex_numbers, requires=("printing.floats",),
        source=_OPTIONS + "precision; a complex tensor prints its real and imaginary parts as floats, joined by the sign and followed by j")
def complex_numbers(torch, x, *, device):
    """Complex numbers print the real and the imaginary part each in the form of its own part of the tensor."""
    return x


@clause("printing.ranks", level="general", place="1 In [6]", reads="text", table=tables.ranks, requires=("printing.blocks",),
        source="torch.Tensor: a tensor prints its dimensions as nested brackets, and its dtype where it is not the default")
def ranks(torch, x, *, device):
    """A tensor of any rank prints nested brackets, and n - 2 empty lines between the blocks of its nth dimension from the end."""
    return x


@clause("printing.layouts", level="general", reaches=(*reach.LAYOUTS, *reach.DTYPES_OF_ANY_KIND, *reach.SHAPES),
        place="5 In [19]", reads="text", table=tables.layouts, requires=("printing.ranks",),
        source="Tensor Views: a view tensor is used like any other; torch.set_printoptions")
def layouts(torch, x, *, device):
    """A tensor prints the elements that it shows, however they lie in memory."""
    return x


@clause("printing.views", level="general", place="5 In [19]", reads="text", table=tables.views, requires=("printing.layouts",),
        source="Tensor Views: a view tensor is used like any other; torch.set_printoptions")
def views(torch, x, *, device):
    """A view of a view prints its own elements, a single element as a 0-d tensor."""
    return x


@clause("printing.lines", level="general", place="5 In [19]", reads="text", table=tables.lines, requires=("printing.ranks",),
        source=_OPTIONS + "linewidth, the number of characters per line for the purpose of inserting line breaks, is 80")
def lines(torch, x, *, device):
    """A row breaks into lines of as many items as 80 characters hold, each line indented under the first item."""
    return x


@clause("printing.suffixes", level="general", place="5 In [12]", reads="text", table=tables.suffixes, requires=("printing.dtype-suffix",),
        source=_OPTIONS + "linewidth is 80; torch.Tensor: the dtype is printed where it is not the default of its kind")
def suffixes(torch, x, *, device):
    """A suffix follows on the line of the last numbers where it fits into 80 characters, else on a new line under them."""
    return x


@clause("printing.empty", level="general", place="1 prose", reads="text", table=tables.empty, requires=("printing.dtype-suffix",), reaches=("shape: empty",),
        source="torch.empty: tensor([], size=(2, 0)); torch.tensor([]): tensor([])")
def empty(torch, x, *, device):
    """A tensor without elements prints `[]`, its size unless it is a vector, and its dtype unless it is the default float dtype."""
    return x


@clause("printing.summaries", level="general", place="5 In [19]", reads="text", table=tables.summaries, requires=("printing.summary",),
        source=_OPTIONS + "threshold 1000 triggers summarization; edgeitems 3 at the beginning and end of each dimension")
def summaries(torch, x, *, device):
    """Of more than 1000 elements each dimension of more than six items shows three at either end, all in the form of those shown."""
    return x


@clause("printing.whole-to-the-threshold", level="general", place="5 In [19]", reads="text", table=tables.at_the_threshold,
        requires=("printing.lines",), source=_OPTIONS + "threshold, the total number of elements which trigger summarization, is 1000")
def whole_to_the_threshold(torch, x, *, device):
    """A tensor of up to 1000 elements prints all of them."""
    return x


@clause("printing.summarised-layouts", level="general", place="5 In [19]", reads="text", table=tables.summarised_layouts,
        reaches=("size: more than 32768", "layout: expanded", "layout: permuted"),
        requires=("printing.summaries",), source="Tensor Views: a view tensor is used like any other; torch.set_printoptions: edgeitems")
def summarised_layouts(torch, x, *, device):
    """A summary shows the edges of what the tensor shows, however that lies in memory."""
    return x


@clause("printing.after-a-write", level="general", place="5 In [17]", reads="text", table=tables.written, requires=("printing.layouts",),
        source="Tensor Views: a change of the base is seen in its views; torch.Tensor.add_: the in-place version of add")
def after_a_write(torch, x, how, *, device):
    """A tensor and its views print what they hold now, also where they were printed before they changed, through whichever name they were."""
    view = x[1:]
    before = str(x), str(view)
    if how == "view":
        view.mul_(2)
    elif how == "item":
        x[-1] = 100
    elif how == "detached":
        x.detach().add_(1)
    elif how == "data":
        x.data[1:] = 7
    elif how == "copy":
        x.copy_(x + 2)
    else:
        x.add_(1)
    return (*before, view, x)


@clause("printing.requires-grad", level="general", place="6 In [24]", reads="text", table=tables.gradients, requires=("printing.grad-fn",),
        source="torch.Tensor.requires_grad_: tensor([...], requires_grad=True)")
def requires_grad(torch, x, *, device):
    """A leaf that requires a gradient prints `requires_grad=True` as its last suffix."""
    return x


@clause("printing.history", level="general", place="6 In [24]", source="torch.Tensor.grad_fn: the function that made the tensor is printed as grad_fn=<...>",
        requires=("printing.grad-fn",), inputs={"x": {"dtype": "float32", "values": [[1.0, 2.0], [3.0, 4.0]], "requires_grad": True}},
        returns=("True", "True", "True", "True", "True", "True", "False", "False", "False"))
def history(torch, x, *, device):
    """A result of a function of leaves that require gradients prints that function as `grad_fn=<...Backward...>`, a detached one nothing."""
    made = (x * x, x @ x, x.mean(), x.view(4), x[0], torch.cat([x, x]))
    marked = ["grad_fn=<" in str(one) and "Backward" in str(one) and "requires_grad" not in str(one) for one in made]
    plain = ["grad_fn=<" in str(one) or "requires_grad" in str(one) for one in (x.detach(), (x * x).detach(), x.argmax())]
    return (*marked, *plain)


@clause("printing.function-names", level="wording", place="6 In [24]", reads="text", requires=("printing.history",),
        source="torch.autograd: the function's name is its operation's with Backward and a number",
        inputs={"x": {"dtype": "float32", "values": [1.0, 2.0], "requires_grad": True}},
        returns=("tensor([2., 4.], grad_fn=<AddBackward0>)", "tensor([0., 0.], grad_fn=<SubBackward0>)",
                 "tensor([1., 4.], grad_fn=<MulBackward0>)", "tensor([1., 1.], grad_fn=<DivBackward0>)",
                 "tensor(1.5000, grad_fn=<MeanBackward0>)", "tensor([[1.],\n        [2.]], grad_fn=<UnsqueezeBackward0>)",
                 "tensor([1., 2.], grad_fn=<CloneBackward0>)"))
def function_names(torch, x, *, device):
    """The function that made a tensor prints under the name of its operation with `Backward0` behind it."""
    return x + x, x - x, x * x, x / x, x.mean(), x.unsqueeze(1), x.clone()


@clause("printing.repr", level="general", place="1 In [3]", table=tables.spelled, requires=("printing.ranks",),
        source="torch.set_printoptions: the examples show a tensor's repr in the form that print shows")
def spelled(torch, x, *, device):
    """`repr` and `str` of a tensor are the same, in a list too, and both are its printed form."""
    return repr(x), str(x), f"{x!r}", "%s" % x, str([x])  # noqa: UP031 - the old form is one of those that programs use


@clause("printing.format", level="general", place="3 In [11]", table=tables.forms, requires=("printing.repr",),
        source="torch.Tensor.item: a tensor of one element stands for its Python number; Tensor.__format__ passes a 0-d tensor's form on to it")
def formatted(torch, x, form, *, device):
    """A 0-d tensor in an f-string takes the forms of its Python number, and prints as that number where none is given."""
    return format(x, form), f"{x:{form}}"


@clause("printing.format-with-dimensions", level="general", place="3 In [11]", table=tables.refused_forms, requires=("printing.format",),
        source="Python, object.__format__: another form than the empty one is a TypeError; Tensor.__format__ passes it on")
def format_with_dimensions(torch, x, form, *, device):
    """A tensor with dimensions prints in an f-string as everywhere, and refuses a form with a TypeError."""
    return format(x, form)


@clause("printing.options", level="general", place="5 In [19]", table=tables.options, sets=("print options",), requires=("printing.floats",),
        source=_OPTIONS + "precision, threshold, edgeitems, linewidth, profile; an option that is given overrides the profile's")
def options(torch, x, precision, threshold, edgeitems, linewidth, profile, sci_mode, *, device):
    """`set_printoptions` changes the options that are given, after those of the profile, and leaves the others as they were."""
    torch.set_printoptions(precision=precision, threshold=threshold, edgeitems=edgeitems, linewidth=linewidth, profile=profile, sci_mode=sci_mode)
    return str(x).replace(",  ...,", ", ...,")  # PyTorch prints two spaces there, its reference shows one


@clause("printing.wished-exponents", level="general", place="5 In [19]", table=tables.wished_exponents, sets=("print options",),
        requires=("printing.options",), source=_OPTIONS + "sci_mode: enable (True) or disable (False) scientific notation")
def wished_exponents(torch, x, precision, threshold, edgeitems, linewidth, profile, sci_mode, *, device):
    """`set_printoptions(sci_mode=...)` asks for exponents or rules them out, whatever the numbers."""
    torch.set_printoptions(precision=precision, threshold=threshold, edgeitems=edgeitems, linewidth=linewidth, profile=profile, sci_mode=sci_mode)
    return str(x)


@clause("printing.aligned-exponents", level="general", place="5 In [19]", table=tables.aligned_exponents, sets=("print options",),
        requires=("printing.wished-exponents",), versions=">=2.10",
        source=_OPTIONS + "sci_mode; older versions fill numbers up to the width of the form that was not asked for (pytorch/pytorch#126859)")
def aligned_exponents(torch, x, precision, threshold, edgeitems, linewidth, profile, sci_mode, *, device):
    """Numbers whose exponents were asked for or ruled out are filled up to the widest in the form that they print in."""
    torch.set_printoptions(precision=precision, threshold=threshold, edgeitems=edgeitems, linewidth=linewidth, profile=profile, sci_mode=sci_mode)
    return str(x)


@clause("printing.profiles", level="general", place="5 In [19]", table=tables.profiles, sets=("print options",), requires=("printing.options",),
        source=_OPTIONS + "profile: sane defaults for pretty printing, any one of default, short, full; sci_mode None is chosen by the framework")
def profiles(torch, x, profile, *, device):
    """A profile puts every option back to its own value, whatever was set before."""
    torch.set_printoptions(precision=1, threshold=2, edgeitems=1, linewidth=30, sci_mode=True)
    torch.set_printoptions(profile=profile)
    return str(x).replace(",  ...,", ", ...,")  # PyTorch prints two spaces there, its reference shows one


@clause("printing.default-dtype", level="general", place="5 In [12]", table=tables.default_dtypes, sets=("default dtype",), requires=("printing.suffixes",),
        on="cpu", source="torch.set_default_dtype: the default float dtype is the one that is inferred; a tensor's dtype is printed where it is not the default")
def default_dtype(torch, x, dtype, *, device):
    """The dtypes that go without saying are the default float dtype of the moment, and the complex one of its parts."""
    before = str(x)
    torch.set_default_dtype(dtype)
    # PyTorch prints two spaces before the dots, its reference shows one.
    return before.replace(",  ...,", ", ...,"), str(x).replace(",  ...,", ", ...,"), str(x[:0])


@clause("printing.device-suffix", level="general", place="3 In [11]", on="accelerator", reads="text", requires=("printing.suffixes",),
        source="torch.Tensor.cuda, torch.device: tensor([...], device='cuda:0')",
        inputs={"x": {"dtype": "int64", "values": [1, 2, 3]}, "y": {"dtype": "float64", "values": [[0.5], [1.5]]},
                "z": {"dtype": "float32", "values": []}},
        returns=("tensor([1, 2, 3])", "tensor([[0.5000],\n        [1.5000]], dtype=torch.float64)", "tensor([])", "tensor(1)", "tensor([ True, False])"))
def device_suffix(torch, x, y, z, *, device):
    """A tensor off the CPU prints `device='...'` with its type and index as the first suffix."""
    return x, y, z, x[0], torch.tensor([True, False], device=device)
