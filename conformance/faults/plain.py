"""Plain calls of what a fault touches: what everybody's first tests do, on contiguous float32 of two and three dimensions.

The share of them that shows a fault is its grade: of a hard one, plain tests see next to nothing. A form is written as
statements with `; ` between them, the last one the value that is looked at. Its names are drawn for each case.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.program import (
    Argument,
    ArrayInput,
    Base,
    Inputs,
    PlainInput,
    Program,
    TensorInput,
    bits_of_array,
    checked,
    encode_plain,
)

if TYPE_CHECKING:
    from conformance.faults.planting import Variant

CASES = 1000
SEED = 4
LARGEST_SIZE = 8
# Global state that a form may change, and that is put back after each.
SETS = ("rng", "default dtype", "print options", "grad mode")

_SUM = ("x + y", "x + number")
_VIEW = ("x.view(-1)", "x.view(x.shape[0], -1)")
_PRINTED = ("str(x)", "repr(x)")
_PRODUCT = ("x @ z", "m @ n")
_PART = ("x[index]", "x[:, 0]", "x[index:]", "x[0, 0]", "x[..., -1]")
_WRITE = ("x[index] = number; x", "x[index] = y[index]; x", "x[:, 0] = number; x", "x[...] = y; x")
_CAST = ("x.to(torch.float64)", "x.to(torch.int64)", "x.to(torch.float16)")
_JOINED = ("torch.cat([x, y])", "torch.cat([x, y], dim)", "torch.cat((x, y, x), dim=dim)")
_GRADIENT = (
    "(leaf * y).mean().backward()",
    "(leaf @ z).mean().backward()",
    "(leaf * leaf + number).mean().backward()",
)
_EVERY_SIZE = ("torch.zeros(shape, device=device)", "torch.full(shape, number, device=device)")
_NEW = ("torch.tensor(values, device=device)",)


def _binary(name: str) -> tuple[str, ...]:
    return (f"torch.{name}(x, y)", f"torch.{name}(x, number)")


def _both(expression: str) -> tuple[str, ...]:
    return (expression.format("()"), expression.format("(dim)"), expression.format("(dim, keepdim=True)"))


# What is called, by the target of a fault: exactly, without an overload's name, or without what stands before the name.
FORMS: dict[str, tuple[str, ...]] = {
    # constructors
    "torch.FloatTensor": ("torch.FloatTensor(values)",),
    "torch.DoubleTensor": ("torch.DoubleTensor(values)",),
    "torch.LongTensor": ("torch.LongTensor(integers)",),
    "torch.arange": ("torch.arange(whole, device=device)", "torch.arange(1, whole, 2, device=device)"),
    "torch.as_tensor": ("torch.as_tensor(values, device=device)", "torch.as_tensor(a, device=device)"),
    "torch.full": ("torch.full(shape, number, device=device)",),
    "torch.manual_seed": ("torch.manual_seed(whole); torch.rand(shape, device=device)",),
    "torch.rand": ("torch.rand(shape, device=device)", "torch.rand(*shape, device=device)"),
    "torch.set_default_dtype": ("torch.set_default_dtype(torch.float64); torch.tensor(values, device=device)",),
    "torch.tensor": _NEW,
    "torch.zeros": ("torch.zeros(shape, device=device)", "torch.zeros(*shape, device=device)"),
    # the NumPy bridge
    "torch.from_numpy": ("torch.from_numpy(a)",),
    "torch.Tensor.__new__": ("torch.Tensor(values)",),
    "torch.Tensor.__array__": ("numpy.asarray(x)",),
    "torch.Tensor.numpy": ("x.numpy()",),
    # arithmetic
    "torch.Tensor.__add__": _SUM,
    "torch.Tensor.__iadd__": ("x += y; x", "x += number; x"),
    "torch.Tensor.__imul__": ("x *= y; x", "x *= number; x"),
    "torch.Tensor.__isub__": ("x -= y; x", "x -= number; x"),
    "torch.Tensor.__mul__": ("x * y", "x * number"),
    "torch.Tensor.__rsub__": ("number - x",),
    "torch.Tensor.__rtruediv__": ("number / x",),
    "torch.Tensor.__sub__": ("x - y", "x - number"),
    "torch.Tensor.__truediv__": ("x / y", "x / number"),
    "torch.Tensor.add": ("x.add(y)", "x.add(number)"),
    "torch.Tensor.add_": ("x.add_(y); x", "x.add_(number); x"),
    "torch.Tensor.copy_": ("x.copy_(y); x",),
    "torch.Tensor.div": ("x.div(y)", "x.div(number)"),
    "torch.Tensor.div_": ("x.div_(y); x", "x.div_(number); x"),
    "torch.Tensor.fill_": ("x.fill_(number); x",),
    "torch.Tensor.mul": ("x.mul(y)", "x.mul(number)"),
    "torch.Tensor.mul_": ("x.mul_(y); x", "x.mul_(number); x"),
    "torch.Tensor.sub": ("x.sub(y)", "x.sub(number)"),
    "torch.Tensor.sub_": ("x.sub_(y); x", "x.sub_(number); x"),
    "torch.Tensor.zero_": ("x.zero_(); x",),
    **{f"torch.{name}": _binary(name) for name in ("add", "div", "mul", "multiply", "sub", "true_divide")},
    # casts and what a tensor tells of itself
    "torch.Tensor.bool": ("x.bool()",),
    "torch.Tensor.device": ("x.device",),
    "torch.Tensor.double": ("x.double()",),
    "torch.Tensor.dtype": ("x.dtype",),
    "torch.Tensor.float": ("x.float()",),
    "torch.Tensor.half": ("x.half()",),
    "torch.Tensor.int": ("x.int()",),
    "torch.Tensor.is_cuda": ("x.is_cuda",),
    "torch.Tensor.long": ("x.long()",),
    "torch.Tensor.numel": ("x.numel()",),
    "torch.Tensor.shape": ("x.shape",),
    "torch.Tensor.size": ("x.size()", "x.size(dim)"),
    "torch.Tensor.to": (*_CAST, "x.to(device)"),
    # single values
    "torch.Tensor.__bool__": ("bool(one)",),
    "torch.Tensor.__contains__": ("number in x",),
    "torch.Tensor.__float__": ("float(one)",),
    "torch.Tensor.__index__": ("range(1000)[x.argmax()]",),
    "torch.Tensor.__int__": ("int(one)",),
    "torch.Tensor.__iter__": ("list(x)",),
    "torch.Tensor.__len__": ("len(x)",),
    "torch.Tensor.item": ("one.item()", "x.mean().item()"),
    "torch.Tensor.tolist": ("x.tolist()",),
    # indexing
    "torch.Tensor.__getitem__": _PART,
    "torch.Tensor.__setitem__": _WRITE,
    # views
    "torch.Tensor.expand": ("one.expand(shape)", "x.expand(2, *x.shape)"),
    "torch.Tensor.permute": ("x.permute(order)", "x.permute(*order)"),
    "torch.Tensor.reshape": ("x.reshape(-1)", "x.reshape(x.shape[0], -1)"),
    "torch.Tensor.squeeze": ("x.squeeze()", "x.squeeze(dim)"),
    "torch.Tensor.t": ("m.t()",),
    "torch.Tensor.transpose": ("x.transpose(dim, other)", "m.transpose(0, 1)"),
    "torch.Tensor.unsqueeze": ("x.unsqueeze(dim)", "x.unsqueeze(-1)"),
    "torch.Tensor.view": _VIEW,
    "torch.t": ("torch.t(m)",),
    "torch.transpose": ("torch.transpose(x, dim, other)",),
    # copies
    "torch.Tensor.clone": ("x.clone()",),
    "torch.Tensor.contiguous": ("x.contiguous()",),
    # products, reductions, joining
    "torch.Tensor.__matmul__": _PRODUCT,
    "torch.Tensor.matmul": ("x.matmul(z)", "m.matmul(n)"),
    "torch.Tensor.mm": ("m.mm(n)",),
    "torch.matmul": ("torch.matmul(x, z)", "torch.matmul(m, n)"),
    "torch.mm": ("torch.mm(m, n)",),
    "torch.Tensor.argmax": _both("x.argmax{}"),
    "torch.Tensor.mean": _both("x.mean{}"),
    "torch.Tensor.sum": _both("x.sum{}"),
    "torch.argmax": ("torch.argmax(x)", "torch.argmax(x, dim)", "torch.argmax(x, dim=dim, keepdim=True)"),
    "torch.mean": ("torch.mean(x)", "torch.mean(x, dim)", "torch.mean(x, dim=dim, keepdim=True)"),
    "torch.sum": ("torch.sum(x)", "torch.sum(x, dim)", "torch.sum(x, dim=dim, keepdim=True)"),
    "torch.cat": _JOINED,
    "torch.concat": ("torch.concat([x, y])", "torch.concat([x, y], dim)"),
    # printing
    "torch.Tensor.__format__": ("f'{x}'",),
    "torch.Tensor.__repr__": _PRINTED,
    "torch.Tensor.__str__": ("str(x)",),
    "torch._tensor_str._Formatter.__init__": _PRINTED,
    "torch._tensor_str._tensor_str": _PRINTED,
    "torch._tensor_str._tensor_str_with_formatter": _PRINTED,
    "torch._tensor_str._vector_str": _PRINTED,
    "torch._tensor_str.get_summarized_data": _PRINTED,
    "torch.set_printoptions": ("torch.set_printoptions(precision=2); str(x)",),
    # gradients
    "torch.Tensor.backward": _GRADIENT,
    "torch.Tensor.detach": ("x.detach()", "x.detach() + y"),
    "torch.Tensor.is_leaf": ("x.is_leaf", "(leaf * y).is_leaf"),
    "torch.Tensor.grad": ("(leaf * y).mean().backward(); leaf.grad",),
    "torch.Tensor.requires_grad_": ("w = x.clone().requires_grad_(); (w * y).mean().backward(); w.grad",),
    "torch.Tensor.retain_grad": ("w = leaf * y; w.retain_grad(); w.mean().backward(); w.grad",),
    "torch.autograd.grad": ("torch.autograd.grad((leaf * y).mean(), leaf)",),
    "torch.no_grad": ("with torch.no_grad(): w = leaf * y; w",),
    # operators below autograd: here every spelling reaches them
    "aten._local_scalar_dense": ("one.item()", "x.mean().item()"),
    "aten._to_copy": _CAST,
    "aten._unsafe_view": ("x.transpose(0, 1).reshape(-1)",),
    "aten.add": (*_SUM, "torch.add(x, y)", "x.add_(y); x"),
    "aten.argmax": _both("x.argmax{}"),
    "aten.as_strided": ("x.as_strided(x.shape, x.stride())",),
    "aten.bmm": ("x @ z",),
    "aten.clone": ("x.clone()", "x.transpose(0, 1).contiguous()", "x.transpose(0, 1).reshape(-1)"),
    "aten.copy_": ("x.copy_(y); x", "x[...] = y; x", "x[index] = y[index]; x"),
    "aten.div": ("x / y", "x / number", "torch.div(x, y)", "x.div_(y); x"),
    "aten.dot": ("m[0] @ n[:, 0]",),
    "aten.eq": ("number in x", "0.5 in x"),
    "aten.fill_": ("x.fill_(number); x", "x[index] = number; x"),
    "aten.index": ("x[x > number]", "x[[0, -1]]"),
    "aten.index_put_": ("x[[0, -1]] = number; x", "x[x > number] = 0; x"),
    "aten.lift_fresh": _NEW,
    "aten.mean": _both("x.mean{}"),
    "aten.mm": ("m @ n", "torch.mm(m, n)", "x @ m.new_ones(x.shape[-1], 2)"),
    "aten.mul": ("x * y", "x * number", "torch.mul(x, y)", "x.mul_(y); x"),
    "aten.mv": ("m @ n[:, 0]",),
    "aten.neg": ("-x",),
    "aten.rsub": ("number - x",),
    "aten.select_backward": ("x[index]", "x[:, 0]"),
    "aten.slice_backward": ("x[index:]", "x[:, 1:]"),
    "aten.select": ("x[index]", "x[:, 0]"),
    "aten.slice": ("x[index:]", "x[:, 1:]"),
    "aten.sub": ("x - y", "x - number", "torch.sub(x, y)", "x.sub_(y); x"),
    "aten.t": ("m.t()", "torch.t(m)"),
    "aten.unbind": ("list(x)",),
    # the reference as a backend, by its modules
    "conformance.reference.arithmetic": ("x + y", "x - y", "x * y", "x / y", "x + number", "number - x"),
    "conformance.reference.autograd": _GRADIENT,
    "conformance.reference.casts": _CAST,
    "conformance.reference.creation": (*_NEW, *_EVERY_SIZE),
    "conformance.reference.devices": ("x.to(device)",),
    "conformance.reference.functions": (*_SUM, *_VIEW, "x.mean()", "m @ n"),
    "conformance.reference.joining": _JOINED,
    "conformance.reference.namespace": (*_SUM, *_VIEW, "x.mean()", "m @ n"),
    "conformance.reference.numpy_bridge": ("torch.from_numpy(a)", "x.numpy()"),
    "conformance.reference.printed": _PRINTED,
    "conformance.reference.printer": _PRINTED,
    "conformance.reference.products": _PRODUCT,
    "conformance.reference.promotion": (*_SUM, "x / y"),
    "conformance.reference.reading": ("x.tolist()", "one.item()", *_PART),
    "conformance.reference.reductions": (*_both("x.mean{}"), *_both("x.argmax{}")),
    "conformance.reference.sizes": (*_VIEW, "one.expand(shape)"),
    "conformance.reference.tensor": (*_VIEW, *_PART, "x.transpose(dim, other)", "x.unsqueeze(-1)", "x.clone()"),
}  # fmt: skip
# With a leaf's history some are called otherwise.
WITH_GRADIENTS: dict[str, tuple[str, ...]] = {
    "torch.Tensor.detach": ("x * x.detach()",),
    "torch.Tensor.numpy": ("x * float(x.detach().numpy().max())",),
    "torch.Tensor.item": ("x * x.detach().mean().item()",),
    "aten.sum": ("x + y[0]", "x * y[:1]", "x * x.mean(dim, keepdim=True)"),
}
# What these give shows memory of another tensor, so its strides are looked at.
VIEWS = frozenset({
    "__getitem__", "as_strided", "expand", "numpy", "permute", "reshape", "select", "slice", "squeeze", "t",
    "transpose", "unsqueeze", "view",
})  # fmt: skip
# What is written to where a fault is one of sharing memory: the first of these that a form names.
SOURCES = ("x", "m", "a", "one", "leaf")
TENSORS = frozenset({"x", "y", "z", "m", "n", "one", "leaf"})


class UnknownTargetError(ValueError):
    """No plain call is known of what a fault touches."""


def forms_of(fault: Variant, target: str) -> tuple[str, ...]:
    """Give the forms of plain calls of a fault's target, in the way in which the fault shows.

    Raises:
        UnknownTargetError: there are none.
    """
    forms = _known(target, FORMS)
    shows = getattr(fault, "shows", "value")
    if shows == "gradient":
        return tuple(_with_gradient(one) for one in _known(target, {**FORMS, **WITH_GRADIENTS}))
    if shows == "alias":
        return tuple(written for one in forms for written in _written(one))
    return forms


def judges_strides(target: str) -> bool:
    """Say whether strides are looked at."""
    parts = target.removeprefix("aten.").split(".")
    return not VIEWS.isdisjoint({parts[-1], parts[0]})


def _known(target: str, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Look the forms of a target up: as it is, as the method or function of its name, by the module or class that holds it."""
    parts = target.split(".")
    name = parts[1] if parts[0] == "aten" else parts[-1]
    whole = f"aten.{name}" if parts[0] == "aten" else target
    holders = [".".join(parts[:end]) for end in range(len(parts) - 1, 1, -1)]
    places = (target, whole, f"torch.Tensor.{name}", f"torch.{name}", *holders)
    found = next((known[place] for place in places if place in known), None)
    if found is None:
        raise UnknownTargetError(
            f"no plain call of {target!r} is known: add a row to FORMS of conformance/faults/plain.py"
        )
    return found


def _with_gradient(form: str) -> str:
    """Let the gradient of a form's mean be taken; what is written in place is a copy of the leaf."""
    *before, value = form.split("; ")
    if "leaf" in form:
        return form
    copies = ["x = x.clone()"] if before else []
    return "; ".join([*copies, *before, f"({value}).mean().backward()"])


def _written(form: str) -> tuple[str, ...]:
    """Write to either side after a call, and look at what the other one shows."""
    source = next((one for one in SOURCES if one in _names(form)), None)
    if "; " in form or source is None:
        return (form,)
    return (f"r = {form}; {source}[...] = 0; r", f"r = {form}; r[...] = 7; ({source}, r)")


def _names(form: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(form.replace("; ", "\n"))) if isinstance(node, ast.Name)}


@cache
def program_of(form: str) -> Program:
    """Make the program of a form; its arguments are the names that are drawn."""
    *before, value = form.split("; ")
    drawn = _draw(0)
    arguments = [name for name in drawn if name in _names(form)]
    imports = ["import numpy"] if "numpy" in _names(form) else []
    lines = "".join(f"    {line}\n" for line in [*imports, *before, f"return {value}"])
    return checked(f"def plain({', '.join(['torch', *arguments])}, *, device):\n{lines}")


def inputs_of(form: str, number: int) -> Inputs:
    """Draw the inputs of a form's program for the case of a number; they are leaves where a gradient is taken."""
    drawn = _draw(number)
    arguments: dict[str, Argument] = {}
    bases: dict[str, Base] = {}
    for name in program_of(form).arguments:
        one = drawn[name]
        if isinstance(one, Base):
            bases[name] = one
            leaf = name == "leaf" or ("leaf" not in form and "backward()" in form and "requires_grad_" not in form)
            arguments[name] = TensorInput(name, requires_grad=leaf)
        else:
            arguments[name] = one
    return Inputs(bases, arguments)


@cache
def _draw(number: int) -> dict[str, Base | Argument]:
    """Draw everything that a form may name; the same for every target."""
    rng = np.random.default_rng([SEED, number])
    rank = int(rng.integers(2, 4))
    shape = tuple(int(size) for size in rng.integers(1, LARGEST_SIZE + 1, rank))
    rows, inner, columns = (int(size) for size in rng.integers(1, LARGEST_SIZE + 1, 3))
    dim, other = (int(one) for one in rng.permutation(rank)[:2])
    plain: dict[str, Any] = {
        "dim": dim,
        "other": other,
        "order": tuple(int(one) for one in rng.permutation(rank)),
        "index": int(rng.integers(shape[0])),
        "number": float(np.round(rng.standard_normal(), 2)),
        "whole": int(rng.integers(1, 10)),
        "shape": shape,
        "values": np.round(rng.standard_normal(shape), 2).tolist(),
        "integers": rng.integers(-9, 10, shape).tolist(),
    }
    tensors = {
        "x": shape, "y": shape, "z": (*shape[:-2], shape[-1], columns), "leaf": shape,
        "m": (rows, inner), "n": (inner, columns), "one": (1,) * rank,
    }  # fmt: skip
    array = rng.standard_normal(shape, np.float32)
    return {
        **{
            name: Base("float32", size, bits_of_array(rng.standard_normal(size, np.float32)))
            for name, size in tensors.items()
        },
        "a": ArrayInput("<f4", shape, array.strides, bits_of_array(array)),
        **{name: PlainInput(encode_plain(value)) for name, value in plain.items()},
    }
