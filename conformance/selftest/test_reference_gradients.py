"""The reference's gradients, by a second opinion: exact differences in Fractions, and cases worked out by hand."""

from __future__ import annotations

import itertools
import sys
import warnings
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from conformance.observation import ArgumentSeen, Expectation, Expected, Observation, Seen, differences
from conformance.program import bits_of_array
from conformance.reference import autograd
from conformance.reference.namespace import Namespace, ReferenceTensor, made

if TYPE_CHECKING:
    from collections.abc import Callable

TORCH = Namespace()
SHAPES = ((2, 4), (4,), (4, 2))


def _leaf(values: Any, dtype: str = "float64") -> Any:
    array = np.asarray(values)
    plain = made(array, array.dtype.name, "cpu").to(dtype)
    return plain.detach().requires_grad_()


def _values(tensor: Any) -> Any:
    return None if tensor is None else tensor.array().tolist()


class Rational:
    """An array of Fractions with the operations of a tensor, which knows nothing of gradients."""

    def __init__(self, array: Any) -> None:
        self.array = np.asarray(array, dtype=object)

    def _of(self, other: Any) -> Any:
        return other.array if isinstance(other, Rational) else Fraction(other)

    def __add__(self, other: Any) -> Rational:
        return Rational(self.array + self._of(other))

    def __sub__(self, other: Any) -> Rational:
        return Rational(self.array - self._of(other))

    def __rsub__(self, other: Any) -> Rational:
        return Rational(self._of(other) - self.array)

    def __mul__(self, other: Any) -> Rational:
        return Rational(self.array * self._of(other))

    def __truediv__(self, other: Any) -> Rational:
        return Rational(self.array / self._of(other))

    def __rtruediv__(self, other: Any) -> Rational:
        return Rational(self._of(other) / self.array)

    def __matmul__(self, other: Rational) -> Rational:
        return Rational(np.dot(self.array, other.array))

    def __getitem__(self, key: Any) -> Rational:
        return Rational(self.array[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        self.array[key] = self._of(value)

    def __imul__(self, other: Any) -> Rational:  # noqa: PYI034 - in place, and a view's memory too
        self.array[...] = self.array * self._of(other)
        return self

    def __iadd__(self, other: Any) -> Rational:  # noqa: PYI034 - in place, and a view's memory too
        self.array[...] = self.array + self._of(other)
        return self

    def t(self) -> Rational:
        """Transpose."""
        return Rational(self.array.T)

    def reshape(self, *sizes: int) -> Rational:
        """Give another shape."""
        return Rational(self.array.reshape(sizes))

    def unsqueeze(self, dim: int) -> Rational:
        """Put a dimension of size 1."""
        return Rational(np.expand_dims(self.array, dim))

    def expand(self, *sizes: int) -> Rational:
        """Repeat."""
        return Rational(np.broadcast_to(self.array, sizes))

    def permute(self, *dims: int) -> Rational:
        """Order the dimensions."""
        return Rational(self.array.transpose(dims))

    def clone(self) -> Rational:
        """Copy."""
        return Rational(self.array.copy())

    def mean(self, dim: int, keepdim: bool = False) -> Rational:  # noqa: FBT001, FBT002 - PyTorch's form
        """Give the mean over a dimension."""
        return Rational(self.array.sum(axis=dim, keepdims=keepdim) / Fraction(self.array.shape[dim]))


def _join(tensors: list[Any], dim: int) -> Any:
    if isinstance(tensors[0], Rational):
        return Rational(np.concatenate([one.array for one in tensors], axis=dim))
    return TORCH.cat(tensors, dim)


def _written(x: Any, y: Any, w: Any) -> Any:
    z = x * 1
    z[0] = y * y
    part = z[:, 1:]
    part *= w[0, 0]
    z.t()[3] += x[0, 0]
    return z


def _shown_after(x: Any, y: Any, w: Any) -> Any:
    z = x * y
    row = z.t()[2]
    z += y
    row += w[1, 1]
    return z * z + row.unsqueeze(1)


# Each is a polynomial of x (2, 4), y (4,) and w (4, 2), or a quotient of such.
FUNCTIONS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "sum": lambda x, y, _: x + y,
    "difference": lambda x, y, _: y - x * 2,
    "product": lambda x, y, _: x * y * x,
    "quotient": lambda x, y, _: x / y,
    "number over": lambda x, y, _: 4 / (x * x) - y,
    "number minus": lambda x, _, __: 3 - x,
    "matrix product": lambda x, _, w: (x @ w) @ x,
    "vector product": lambda x, y, w: (x @ y) * (y @ w),
    "inner product": lambda x, y, _: (y @ y) * x,
    "mean": lambda x, y, _: (x * y).mean(0) * x.mean(1, keepdim=True),
    "cat": lambda x, _, w: _join([x, w.t(), x * x], 0),
    "cat of columns": lambda x, _, w: _join([x[:, :1], w.t() * w.t()], 1),
    "indexed": lambda x, y, _: x[1, ::2] * x[0, 1] + y[-1] * y[:2],
    "reshaped": lambda x, _, w: x.reshape(4, 2) * w + x.t(),
    "expanded": lambda x, y, _: y.unsqueeze(1).expand(4, 2) * x.t(),
    "expanded twice": lambda _, y, __: y.unsqueeze(0).expand(3, 4)[1] * y,
    "permuted": lambda x, _, w: x.unsqueeze(0).permute(2, 0, 1)[:, 0] * w,
    "cloned": lambda x, _, __: x.clone() * x,
    "written": _written,
    "shown after a write": _shown_after,
}


def _exact_values(function: Callable[..., Any], arguments: list[Any]) -> Any:
    return function(*(Rational(np.vectorize(Fraction, otypes=[object])(one)) for one in arguments)).array


def _derivatives(function: Callable[..., Any], arguments: list[Any], which: int, weights: Any) -> list[Fraction]:
    """Give the derivatives of a weighted sum of results by Richardson's rule: central differences at h and h/1024.

    The error of a central difference is a series in h**2; for a polynomial of degree 4 or less two terms remain, and
    the extrapolation leaves one in h**4, so the Fraction that is found lies nearer than 2**-20 to the derivative.
    """
    found = []
    for place in range(arguments[which].size):
        estimates = []
        for step in (Fraction(1, 2**10), Fraction(1, 2**20)):
            values = []
            for sign in (1, -1):
                moved = [one.astype(object) for one in arguments]
                flat = moved[which].reshape(-1)
                flat[place] = Fraction(flat[place]) + sign * step
                values.append((_exact_values(function, moved) * weights).sum())
            estimates.append((values[0] - values[1]) / (2 * step))
        ratio = Fraction(2**20)
        found.append((ratio * estimates[1] - estimates[0]) / (ratio - 1))
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_are_the_limits_of_exact_differences(name: str) -> None:
    """Each gradient is the one that differences in Fractions come to."""
    random = np.random.default_rng(1)
    arguments = [random.choice([-2, -1, 1, 2], shape) for shape in SHAPES]
    leaves = [_leaf(one.astype(np.float64)) for one in arguments]
    result = FUNCTIONS[name](*leaves)
    weights = random.choice([-1, 1, 2], result.shape)
    result.backward(made(weights, "int64", "cpu").to("float64"))
    assert result.array().tolist() == _exact_values(FUNCTIONS[name], arguments).astype(float).tolist()
    for which, leaf in enumerate(leaves):
        exact = _derivatives(FUNCTIONS[name], arguments, which, weights)
        given = [0.0] * arguments[which].size if leaf.kept_grad is None else leaf.kept_grad.array().reshape(-1).tolist()
        for one, limit in zip(given, exact, strict=True):
            assert abs(Fraction(one) - limit) < Fraction(1, 2**16)


def test_a_gradient_has_the_shape_and_dtype_of_its_leaf() -> None:
    """What was broadcast is summed, what was promoted is converted back, and of a real leaf only the real part is kept."""
    x, y = _leaf([[1.0], [2.0]], "bfloat16"), _leaf([1.0, 2.0, 4.0], "complex64")
    (x * y).backward(made(np.full((2, 3), 1 + 2j), "complex128", "cpu").to("complex64"))

    assert (x.grad.dtype, x.grad.shape, _values(x.grad.to("float64"))) == ("bfloat16", (2, 1), [[7.0], [7.0]])
    assert (y.grad.dtype, _values(y.grad)) == ("complex64", [3 + 6j] * 3)


def test_a_complex_gradient_is_multiplied_with_the_conjugate() -> None:
    """The gradient of `x * y` for x is the incoming one times the conjugate of y."""
    x, y = _leaf([1 + 2j], "complex128"), _leaf([3 - 1j], "complex128")
    (x * y).backward(made(np.array([1j]), "complex128", "cpu"))

    assert (_values(x.grad), _values(y.grad)) == ([1j * (3 + 1j)], [1j * (1 - 2j)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 2)), ((2, 2, 3), (3,)), ((3,), (2, 3, 2)),
        ((2, 2, 3), (3, 2)), ((2, 3), (2, 3, 2)), ((2, 2, 3), (2, 3, 2)), ((2, 1, 2, 3), (2, 3, 2)),
    ],
)  # fmt: skip
def test_the_gradient_of_a_product_is_the_difference_that_one_more_makes(one: Any, other: Any) -> None:
    """A product is linear in each operand, so NumPy's own with one element one larger says it exactly."""
    x, y = (np.arange(1.0, np.prod(shape) + 1).reshape(shape) for shape in (one, other))
    weights = np.arange(3.0, 3.0 + np.prod(np.matmul(x, y).shape, dtype=int)).reshape(np.matmul(x, y).shape)
    leaves = _leaf(x), _leaf(y)
    (leaves[0] @ leaves[1]).backward(made(weights, "float64", "cpu"))

    for place, operand in enumerate((x, y)):
        right = np.zeros(operand.shape)
        for index in np.ndindex(operand.shape):
            moved = [x.copy(), y.copy()]
            moved[place][index] += 1
            right[index] = (weights * np.matmul(*moved)).sum() - (weights * np.matmul(x, y)).sum()
        assert _values(leaves[place].grad) == right.tolist()


def test_the_gradient_of_a_real_leaf_is_real() -> None:
    """Beside complex numbers, it is the real part of what arrives, and no warning of NumPy's is let through."""
    x = _leaf([1.0, 2.0])
    y = made(np.array([1 + 2j, 3 + 0j]), "complex128", "cpu")
    (x * y).backward(made(np.array([1j, 1 + 5j]), "complex128", "cpu"))

    assert (x.grad.dtype, _values(x.grad)) == ("float64", [2.0, 3.0])


def test_gradients_accumulate_until_they_are_taken_away() -> None:
    """A second walk adds, in place, and None begins anew."""
    x = _leaf([1.0, 2.0])
    (x * 3).mean().backward()
    first = x.grad
    (x * x).mean().backward()
    assert _values(first) == [1.5 + 1, 1.5 + 2]
    x.grad = None
    (x + x).mean().backward()
    assert _values(x.grad) == [1.0, 1.0]


def test_leaves_and_results() -> None:
    """A result of a leaf is no leaf and has no gradient of its own, unless it is retained."""
    x = _leaf([1.0, 2.0])
    y, z = x * 2, x * 2
    z.retain_grad()
    (y * z).mean().backward()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert y.grad is None
    assert [one.category for one in caught] == [UserWarning]
    assert (x.is_leaf, y.is_leaf, y.requires_grad, _values(z.grad)) == (True, False, True, [1.0, 2.0])
    assert (x.detach().requires_grad, x.detach().is_leaf, (x.detach() * 2).is_leaf) == (False, True, True)
    assert not x.argmax().requires_grad


def test_a_retained_gradient_is_that_of_what_was_written_last() -> None:
    """By hand: of y = 6 x, times z = 5 x, the gradient is z, and of z it is y; retaining twice adds nothing."""
    x = _leaf([1.0, 2.0])
    y, z = x * 3, x * 5
    for one in (y, z, y):
        one.retain_grad()
    y.mul_(2)
    (y * z).backward(made(np.ones(2), "float64", "cpu"))

    assert (_values(y.grad), _values(z.grad), _values(x.grad)) == ([5.0, 10.0], [6.0, 12.0], [60.0, 120.0])


def test_modes() -> None:
    """Nothing is recorded where that is switched off, and the mode comes back."""
    x = _leaf([1.0])
    with TORCH.no_grad():
        assert not (x * 2).requires_grad
        assert not x[0].requires_grad
        with TORCH.enable_grad():
            assert (x * 2).requires_grad
        x += 1
    assert TORCH.is_grad_enabled()
    with TORCH.set_grad_enabled(False):
        assert not TORCH.is_grad_enabled()
    assert TORCH.is_grad_enabled()
    assert not TORCH.no_grad()(lambda: x * 2)().requires_grad
    assert TORCH.is_grad_enabled()


def test_detached_tensors_share_memory() -> None:
    """A write to a detached tensor is seen, and no gradient comes through it."""
    x = _leaf([1.0, 2.0])
    x.detach()[0] = 7
    (x.detach() * x).mean().backward()

    assert (_values(x), _values(x.grad)) == ([7.0, 2.0], [3.5, 1.0])


def _twice(x: Any, _: Any) -> None:
    z = (x * x).mean()
    z.backward()
    z.backward()


def _stale(x: Any, y: Any) -> None:
    copy = y.clone()
    z = x * copy
    copy[0] = 5
    z.backward(z.detach())


def _stale_view(x: Any, y: Any) -> None:
    copy = y.clone()
    z = x @ copy
    copy.view(2, 1)[1] += 1
    z.backward()


def _stale_output(x: Any, y: Any) -> None:
    copy = y.detach().clone()
    z = (x * copy).mean()
    Namespace().add(copy, 1, out=copy)
    z.backward()


@pytest.mark.parametrize(
    "refused",
    [
        lambda x, _: x.backward(),
        lambda x, y: (x + y).backward(),
        lambda x, y: (x + y).backward(x[:1].detach()),
        lambda x, y: x.mean().backward(inputs=[x, y.detach()]),
        lambda x, _: x.detach().mean().backward(),
        lambda x, _: x.add_(1),
        lambda x, _: x[:1].mul_(2),
        lambda x, _: x.__setitem__(0, 3),
        lambda x, _: x.argmax().requires_grad_(),
        lambda x, _: (x * 2).requires_grad_(wanted=False),
        lambda x, _: x.detach().retain_grad(),
        lambda x, y: autograd.grad((x * 2).mean(), y),
        lambda x, _: autograd.grad((x * 2).mean(), x.detach()),
        lambda x, y: setattr(x, "grad", y.to("float32").detach()),
        lambda x, _: x.to("complex128").mean().backward(),
        _twice,
        _stale,
        _stale_view,
        _stale_output,
    ],
)
def test_the_engine_refuses(refused: Any) -> None:
    """What PyTorch documents as an error is one, and changes nothing."""
    x, y = _leaf([1.0, 2.0]), _leaf([3.0, 4.0])
    with pytest.raises(RuntimeError):
        refused(x, y)
    assert (_values(x), _values(y)) == ([1.0, 2.0], [3.0, 4.0])


def test_a_graph_that_kept_nothing_may_be_walked_twice() -> None:
    """Sums keep no operand, and what is retained may be walked again."""
    x, y = _leaf([1.0, 2.0]), _leaf([1.0, 2.0])
    z = (x + y).mean()
    z.backward()
    z.backward()
    (product := (x * y).mean()).backward(retain_graph=True)
    product.backward()

    assert _values(x.grad) == [1.0 + 1.0, 1.0 + 2.0]


@pytest.mark.parametrize(
    ("shapes", "error"),
    [
        (((2, 2), (2, 2)), RuntimeError), (((2,), (2, 2)), RuntimeError),
        (((2, 2, 2), (2, 2)), autograd.UndocumentedError), (((2, 2), (1, 2, 2)), autograd.UndocumentedError),
    ],
)  # fmt: skip
def test_a_write_to_an_operand_of_a_product_is_noticed(shapes: Any, error: type[Exception]) -> None:
    """Of vectors and matrices it is an error; of batches, which may have been copied, nothing is said."""
    x, y = (TORCH.ones(shape, device="cpu") for shape in shapes)
    z = (x.requires_grad_() @ y).mean()
    y[0] = 5
    with pytest.raises(error):
        z.backward()


@pytest.mark.parametrize(
    "write",
    [
        lambda y: y.__setitem__(0, 5.0), lambda y: y[:1].fill_(5.0), lambda y: y[:1].zero_(),
        lambda y: y[:1].copy_(made(np.ones(1), "float64", "cpu")), lambda y: y[0].mul_(0.0),
        lambda y: y.view(2, 1)[0].fill_(7.0),
    ],
)  # fmt: skip
def test_what_was_overwritten_has_no_gradient(write: Any) -> None:
    """Where something else was written in, the elements that were there before have no say; beside it they have."""
    x = _leaf([1.0, 2.0])
    y = x * 2
    write(y)
    y.backward(made(np.ones(2), "float64", "cpu"))

    assert _values(x.grad) == [0.0, 2.0]


@pytest.mark.parametrize(
    "write",
    [
        lambda x: x.__setitem__(0, 5.0), lambda x: x[:1].fill_(5.0), lambda x: x.zero_(), lambda x: x.add_(1), lambda x: x.mul_(x),
        lambda x: x.copy_(made(np.ones(2), "float64", "cpu")), lambda x: x[1].div_(2.0), lambda x: x.view(2, 1)[0].sub_(1.0),
    ],
)  # fmt: skip
def test_a_write_without_a_gradient_makes_no_history(write: Any) -> None:
    """Into what needs none; and where nothing is recorded, into a leaf, which stays one and collects as before."""
    plain, leaf = _leaf([1.0, 2.0]).detach(), _leaf([1.0, 2.0])
    write(plain)
    with TORCH.no_grad():
        write(leaf)
        write(plain)

    assert (plain.requires_grad, plain.is_leaf, leaf.requires_grad, leaf.is_leaf) == (False, True, True, True)
    (leaf * plain).backward(made(np.ones(2), "float64", "cpu"))
    assert _values(leaf.grad) == _values(plain)


@pytest.mark.parametrize(
    ("spelled", "right"),
    [
        (lambda x, y: x.add(y), ([1.0, 1.0], [1.0, 1.0])), (TORCH.sub, ([1.0, 1.0], [-1.0, -1.0])),
        (lambda x, y: x.sub(y), ([1.0, 1.0], [-1.0, -1.0])), (lambda x, y: x.subtract(y), ([1.0, 1.0], [-1.0, -1.0])),
        (lambda x, y: x.mul(y), ([4.0, 8.0], [1.0, 2.0])), (lambda x, y: x.div(y), ([0.25, 0.125], [-0.0625, -0.03125])),
        (lambda x, y: (x * 1).sub_(y), ([1.0, 1.0], [-1.0, -1.0])), (lambda x, y: x - y, ([1.0, 1.0], [-1.0, -1.0])),
        (lambda x, y: (x * 1).div_(y), ([0.25, 0.125], [-0.0625, -0.03125])), (lambda x, y: y / x, ([-4.0, -2.0], [1.0, 0.5])),
        (lambda x, y: 3 - x + 0 * y, ([-1.0, -1.0], [0.0, 0.0])), (lambda x, y: 4 / x + 0 * y, ([-4.0, -1.0], [0.0, 0.0])),
        (lambda x, y: x.sub(y, alpha=3), ([1.0, 1.0], [-3.0, -3.0])), (lambda x, y: x.add(y, alpha=3), ([1.0, 1.0], [3.0, 3.0])),
    ],
)  # fmt: skip
def test_every_spelling_has_the_gradient_of_its_own_order(spelled: Any, right: Any) -> None:
    """Of a difference and a quotient the right operand's is not the left one's: worked out by hand."""
    x, y = _leaf([1.0, 2.0]), _leaf([4.0, 8.0])
    spelled(x, y).backward(made(np.ones(2), "float64", "cpu"))

    assert (_values(x.grad), _values(y.grad)) == right


def test_what_is_left_open_is_no_rule() -> None:
    """A second walk over a product with a number is neither right nor wrong, and the reference says so."""
    x = _leaf([1.0, 2.0])
    z = (x * 2).mean()
    z.backward()
    with pytest.raises(autograd.UndocumentedError):
        z.backward()


def test_a_walk_from_several_results_adds_up() -> None:
    """By hand: d(xy)/dx + d(x - y)/dx = y + 1, d(xy)/dy + d(x - y)/dy = x - 1; inputs that are named collect alone."""
    x, y = _leaf([2.0, -4.0]), _leaf([8.0, 1.0])
    ones = TORCH.ones(2, dtype="float64")
    TORCH.autograd.backward([x * y, x - y], [ones, ones])

    assert (_values(x.grad), _values(y.grad)) == ([9.0, 2.0], [1.0, -5.0])

    TORCH.autograd.backward(tensors=(x * y).mean(), inputs=[y])

    assert (_values(x.grad), _values(y.grad)) == ([9.0, 2.0], [2.0, -7.0])


def test_writes_to_data_reach_the_tensor_and_no_history() -> None:
    """`data` shares memory, requires nothing, and a history that kept the tensor does not notice what is written to it."""
    x = _leaf([2.0, 3.0])
    y = x * x
    x.data[0] = 7.0

    assert _values(x) == [7.0, 3.0]
    assert not x.data.requires_grad
    y.backward(TORCH.ones(2, dtype="float64"))


def test_a_long_history_is_walked_without_calls_within_calls() -> None:
    """Ten times as many steps as Python takes calls within calls, and as many uses of one leaf."""
    steps = 10 * sys.getrecursionlimit()
    x = _leaf(1.0)
    z = x * 1
    for _ in range(steps):
        z = z + x
    z.backward()

    assert _values(x.grad) == steps + 1


@pytest.mark.parametrize(
    ("shapes", "dim"),
    [
        (((2, 3), (0,), (1, 3)), 0), (((2, 3), (0,), (1, 3)), -2), (((2, 2), (0,), (2, 1)), 1), (((2, 2), (2, 1), (0,)), -1),
        (((1,), (0,), (3,)), 0), (((1,), (1,), (0,)), -1), (((0,), (0,), (0,)), 0), (((2, 0), (2, 1), (0,)), 1),
        (((1, 2, 1), (1, 1, 1), (1, 0, 1)), 1), (((2, 1, 2), (2, 1, 1), (2, 1, 3)), 2),
    ],
)  # fmt: skip
def test_each_part_of_what_is_joined_has_its_own_part_of_the_gradient(shapes: Any, dim: int) -> None:
    """In every order, an empty vector among them: walked from end to end, the parts are the whole again."""
    for order in itertools.permutations(shapes):
        leaves = [_leaf(np.zeros(shape)) for shape in order]
        joined = TORCH.cat(leaves, dim)
        weights = np.arange(1.0, joined.numel() + 1).reshape(joined.shape)
        joined.backward(made(weights, "float64", "cpu"))

        assert [leaf.grad.shape for leaf in leaves] == list(order)
        parts = [leaf.grad.array() for leaf in leaves if leaf.shape != (0,)] or [np.zeros(0)]
        assert np.concatenate(parts, axis=dim).tolist() == weights.tolist()


@pytest.mark.parametrize(
    "shape", [(), (1,), (3,), (1, 3), (2, 1), (2, 3), (1, 1, 3), (1, 2, 1), (1, 1, 1), (1, 1, 2, 3)]
)
@pytest.mark.parametrize("write", [lambda x, y: x.__setitem__(..., y), lambda x, y: x.copy_(y), lambda x, y: x.add_(y)])
def test_a_written_value_has_the_gradient_of_each_place_where_it_is_shown(write: Any, shape: tuple[int, ...]) -> None:
    """Of each of its elements, the sum over the places to which it was broadcast."""
    if len(shape) > len((2, 3)) and write(TORCH.zeros(1), TORCH.zeros(1)) is not None:
        return  # an assignment alone forgives leading sizes 1
    weights = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])
    y = _leaf(np.zeros(shape))
    x = _leaf(np.zeros((2, 3))) * 1
    write(x, y)
    x.backward(made(weights, "float64", "cpu"))
    right = np.zeros(shape)
    shown = np.broadcast_to(np.arange(right.size).reshape(shape[-2:]), (2, 3))
    np.add.at(right.reshape(-1), shown.reshape(-1), weights.reshape(-1))

    assert _values(y.grad) == right.tolist()


def test_asked_for_gradients_are_not_collected() -> None:
    """`grad` gives those of leaves and of results between, and None for what was not used where that is allowed."""
    x, y = _leaf([1.0, 2.0]), _leaf([3.0, 4.0])
    part = x * 2
    z = (part * part).mean()

    assert [_values(one) for one in autograd.grad(z, [x, part, y], retain_graph=True, allow_unused=True)] == [
        [4.0, 8.0], [2.0, 4.0], None,
    ]  # fmt: skip
    assert x.kept_grad is None
    z.backward(inputs=[x])
    assert _values(x.grad) == [4.0, 8.0]


def _seen(values: list[float], dtype: str = "float32") -> Seen:
    return Seen("tensor", (len(values),), dtype, bits_of_array(np.array(values, dtype=dtype)), device="cpu")


RIGHT = Expected("tensor", (2,), "float32", bits=_seen([1, 2]).bits)


@pytest.mark.parametrize(
    ("right", "got", "what"),
    [
        (RIGHT, _seen([1, 2]), []),
        (RIGHT, _seen([1, 3]), ["value"]),
        (RIGHT, _seen([1, 2], "float64"), ["dtype"]),
        (RIGHT, _seen([1]), ["shape"]),
        (RIGHT, None, ["gradient"]),
        (None, _seen([0, 0]), ["gradient"]),
        (None, None, []),
    ],
)
def test_the_gradient_of_a_leaf_is_judged(right: Any, got: Any, what: list[str]) -> None:
    """Value, dtype, shape and presence of a leaf's gradient are each a difference of their own."""
    seen = Observation(arguments={"x": ArgumentSeen(changed=False, grad=got)})

    assert [one.what for one in differences(Expectation(grads={"x": right}), seen)] == what


def test_every_operation_that_has_a_gradient_is_recorded() -> None:
    """No method of a tensor that gives floats loses the history of its operand."""
    x = _leaf([[1.0, 2.0], [3.0, 4.0]])
    calls: dict[str, tuple[Any, ...]] = {
        "add": (x,), "sub": (x,), "mul": (2,), "div": (x,), "__radd__": (1,), "__rsub__": (1,), "__rmul__": (1,),
        "__rtruediv__": (1,), "matmul": (x,), "mm": (x,), "mean": (), "clone": (), "to": ("float32",), "t": (),
        "transpose": (0, 1), "permute": (1, 0), "unsqueeze": (0,), "squeeze": (), "expand": (3, 2, 2), "view": (4,),
        "reshape": (4,), "__getitem__": (0,),
    }  # fmt: skip
    for name, arguments in calls.items():
        result = getattr(ReferenceTensor, name)(x, *arguments)
        assert result.requires_grad, name
        assert not result.is_leaf, name
