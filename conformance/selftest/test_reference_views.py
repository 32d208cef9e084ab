"""Views, writes and cat in the reference, by a second opinion: NumPy's own views and strides, and walks in plain Python."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.program import Step, decode_plain
from conformance.reference.namespace import Namespace, ReferenceTensor, made
from conformance.reference.promotion import promote_types
from conformance.reference.tensor import OpenResultError
from conformance.strategies.tables import aliasing, indexing
from conformance.strategies.tables.indexing import random_key
from conformance.strategies.tables.steps import Chain, after, double_chains, random_chains, single_chains

if TYPE_CHECKING:
    from conformance.strategies.rows import Row, Table

TORCH = Namespace()
SHAPES = aliasing.SHAPES


def _numpys(array: Any, step: Step) -> Any:
    """Give what NumPy shows after the same view operation."""
    args = [decode_plain(part, str) for part in step.args]
    match step.op:
        case "index":
            key = args[0] if isinstance(args[0], tuple) else (args[0],)
            # With an ellipsis NumPy gives an array, never a scalar.
            return array[key if any(part is ... for part in key) else (*key, ...)]
        case "permute":
            return np.transpose(array, _several(args))
        case "transpose":
            return np.swapaxes(array, *args) if array.ndim else array
        case "t":
            return array.T
        case "unsqueeze":
            return np.expand_dims(array, args[0])
        case "squeeze":
            axes = [axis % array.ndim for axis in args] if args else range(array.ndim)
            return np.squeeze(array, tuple(axis for axis in axes if array.shape[axis] == 1))
        case "view":
            return np.reshape(array, _several(args), copy=False)
        case "expand":
            return np.broadcast_to(array, _several(args))
        case _:
            return array[...]


def _several(args: list[Any]) -> tuple[int, ...]:
    """Take dims or sizes one by one, or all of them as one tuple."""
    return args[0] if args and isinstance(args[0], tuple) else tuple(args)


def _own(array: Any) -> ReferenceTensor:
    return made(array, array.dtype.name, "cpu")


def _both(chain: Chain) -> tuple[Any, Any, Any, ReferenceTensor]:
    """Give a base and what a chain shows of it, in NumPy and in the reference."""
    shape = chain.layout.base(chain.shape)
    theirs = base = np.arange(int(np.prod(shape))).reshape(shape)
    tensor: Any = _own(base)
    ours = tensor
    for step in (*chain.layout.steps(chain.shape), *chain.steps):
        theirs, ours = _numpys(theirs, step), after(ours, step)
    return base, theirs, tensor, ours


def _strides(array: Any) -> list[int]:
    return [stride // array.itemsize for size, stride in zip(array.shape, array.strides, strict=True) if size != 1]


CHAINS = (
    *single_chains(SHAPES),
    *double_chains(aliasing.PAIRED)[::7],
    *random_chains(SHAPES, 200, np.random.default_rng(7)),
)


def test_chains_of_views_show_what_numpy_shows() -> None:
    """Shape, strides and elements are NumPy's after every view operation, and no element is copied."""
    for chain in CHAINS:
        base, theirs, tensor, ours = _both(chain)

        assert ours.shape == theirs.shape, chain.label
        assert ours.array().tolist() == theirs.tolist(), chain.label
        if theirs.size:
            assert _strides(ours.array()) == _strides(theirs), chain.label
            assert np.shares_memory(theirs, base) == np.shares_memory(ours.array(), tensor.array())


def test_writes_through_views_reach_what_numpy_reaches() -> None:
    """A write through a view changes the elements of the base that NumPy's changes, those alone."""
    for chain in CHAINS:
        base, theirs, tensor, ours = _both(chain)
        # NumPy lets nobody write through what was broadcast, even where no element is shown twice.
        if chain.may_be_written and theirs.flags.writeable:
            theirs[...] = -1
            ours[...] = -1

            assert tensor.array().tolist() == base.tolist(), chain.label


def test_a_chain_is_marked_where_its_elements_share_memory() -> None:
    """Nothing is written where NumPy says that elements overlap."""
    for chain in CHAINS:
        places = chain.tensor.array()

        assert chain.may_be_written == (len(np.unique(places)) == places.size), chain.label


@pytest.mark.parametrize("size", [0, 1, 5])
def test_slices_are_those_of_a_list(size: int) -> None:
    """Every start, stop and step selects what it selects from a list."""
    numbers = list(range(10, 10 + size))
    tensor = _own(np.array(numbers, dtype=np.int64))
    for start, stop, step in product(indexing.ENDS, indexing.ENDS, indexing.STRIDES):
        assert tensor[start:stop:step].array().tolist() == numbers[start:stop:step]


@pytest.mark.parametrize("number", [2, 1, 0, -1])
def test_bounds_and_steps_are_what_a_tensor_holds(number: int) -> None:
    """Python's data model: in a slice `__index__` gives the int that a 0-d tensor stands for, as a bound and as a step."""
    x, held = _own(np.arange(5)), _own(np.array(number))

    assert x[held:].array().tolist() == list(range(5))[number:]
    assert x[:held].array().tolist() == list(range(5))[:number]
    if number > 0:
        assert x[::held].array().tolist() == list(range(5))[::number]
    else:
        with pytest.raises(ValueError, match="step must be greater than zero"):
            x[::held]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(indexing.SHAPES), st.integers(0, 2**32 - 1))
def test_random_keys_select_and_write_what_numpys_do(shape: tuple[int, ...], seed: int) -> None:
    """Keys of every kind read and write as NumPy's do, with sources that are broadcast."""
    random = np.random.default_rng(seed)
    key = random_key(shape, random)
    array = np.arange(int(np.prod(shape))).reshape(shape)
    tensor = _own(array)
    selected = array[key]
    assert tensor[key].array().tolist() == selected.tolist()

    source = random.integers(100, 200, indexing.broadcast_source(np.shape(selected), random))
    array[key] = source
    tensor[key] = _own(np.asarray(source))

    assert tensor.array().tolist() == array.tolist()


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_are_written_as_numpy_and_python_convert_them(dtype: str) -> None:
    """A float loses its fraction in an integer, all but zero is true, and the others are NumPy's scalars."""
    for number in indexing.NUMBERS:
        if not indexing.fits(number, dtype):
            continue
        tensor = made(np.zeros(2, dtype=numpy_dtype(dtype)), dtype, "cpu")
        tensor[1] = number
        expected: Any = np.zeros(2, dtype=numpy_dtype(dtype))
        with np.errstate(all="ignore"):
            expected[1] = int(number.real) if kind_of(dtype) == "integer" else number

        assert tensor.array().tobytes() == expected.tobytes(), number


@pytest.mark.parametrize(
    ("number", "dtype"), [(float("nan"), "int64"), (2.0**70, "int32"), (300, "uint8"), (-1, "uint8"), (1j, "float32"), (1e9, "float16")]
)  # fmt: skip
def test_numbers_that_a_dtype_does_not_hold_are_left_out(number: complex, dtype: str) -> None:
    """Where libraries may differ, no number is written."""
    assert not indexing.fits(number, dtype)


@pytest.mark.parametrize("old", [(), (1,), (1, 1), (4,), (1, 4), (2, 1, 3), (2, 3, 4), (1, 2, 1), (0, 3)])
def test_a_view_of_a_dense_tensor_is_dense(old: tuple[int, ...]) -> None:
    """Its strides are NumPy's, those of dimensions of size 1 too; of nothing, those of a dense tensor of one element."""
    array = np.zeros(old, np.int8)
    for new in {
        (array.size,),
        (1, array.size),
        (array.size, 1),
        (1, 1, array.size, 1),
        *([(2, array.size // 2)] if array.size > 1 else []),
    }:
        shown = made(array, "int8", "cpu").view(*new)
        assert shown.strides == (np.zeros([max(size, 1) for size in new], np.int8).strides)
        assert shown.strides == array.reshape(new).strides or not array.size


@pytest.mark.parametrize(("rows", "error"), [(1, OpenResultError), (2, RuntimeError), (3, RuntimeError)])
def test_a_target_that_would_be_broadcast_is_an_error_whatever_memory_it_shares(
    rows: int, error: type[Exception]
) -> None:
    """Only where the shapes fit is it open what is written."""
    memory: Any = made(np.arange(9), "int64", "cpu")
    target, operand = memory[1:4], memory[: 3 * rows].view(rows, 3)
    with pytest.raises(error):
        target.add_(operand if rows > 1 else operand[0])
    assert memory.tolist() == list(range(9))


def test_none_in_a_key_is_unsqueeze() -> None:
    """A new dimension has the strides that `unsqueeze` gives it, in each place."""
    tensor = made(np.arange(24).reshape(2, 3, 4), "int64", "cpu").transpose(0, 2)
    for place in range(4):
        key = (*[slice(None)] * place, None)
        assert tensor[key].strides == tensor.unsqueeze(place).strides
        assert tensor[key].shape == tensor.unsqueeze(place).shape
    assert tensor[None].strides == (tensor.shape[0] * tensor.strides[0], *tensor.strides)


def test_a_write_with_more_than_one_right_result_is_no_oracle() -> None:
    """The reference says so instead of choosing."""
    tensor = made(np.zeros(2, dtype=np.int32), "int32", "cpu")
    with pytest.raises(OpenResultError):
        tensor[0] = float("nan")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda t: t.__setitem__(2, 0), IndexError),
        (lambda t: t.__setitem__((0, 0, 0), 0), IndexError),
        (lambda t: t.__setitem__(slice(None, None, -1), 0), ValueError),
        (lambda t: t.__setitem__(0, t[:, 0]), RuntimeError),
        (lambda t: t.copy_(t.t()), RuntimeError),
        (lambda t: t.reshape(4), RuntimeError),
        (lambda t: t.reshape(-1, 4), RuntimeError),
        (lambda t: t[:0].reshape(0, -1), RuntimeError),
        (lambda t: t[0].mT, RuntimeError),
        (lambda t: t[None].t(), RuntimeError),
        (lambda t: t.squeeze((0, 2)), IndexError),
        (lambda t: t.expand(2), RuntimeError),
        (lambda t: t[:1].expand(3), RuntimeError),
        (lambda t: t[:0].expand(3, 3), RuntimeError),
        (lambda t: t.expand(-2, 3), RuntimeError),
        (lambda t: t.expand(-2, 2, 3), RuntimeError),
        (lambda t: t.view(-2, -3), RuntimeError),
        (lambda t: t.view(-1, -2, -3), RuntimeError),
        (lambda t: t.view(-1, -1), RuntimeError),
        (lambda t: t.view(-1, 0), RuntimeError),
        (lambda t: t.permute(0), RuntimeError),
        (lambda t: t.permute(0, 1, 2), RuntimeError),
        (lambda t: t.squeeze((0, -2)), RuntimeError),
        (lambda t: t[::0], ValueError),
        (lambda t: t[:, :2].expand(2), RuntimeError),
        (lambda t: t[None].expand(2), RuntimeError),
        (lambda t: t.expand(-1, 2, 2), RuntimeError),
        (lambda t: list(t[0, 0]), TypeError),
        (lambda t: len(t[0, 0]), TypeError),
    ],
)
def test_writes_and_shapes_that_are_refused(call: Any, error: type[Exception]) -> None:
    """What PyTorch documents as an error is one, and changes nothing."""
    tensor = _own(np.arange(6).reshape(2, 3))
    with pytest.raises(error):
        call(tensor)

    assert tensor.array().tolist() == [[0, 1, 2], [3, 4, 5]]


def _walked(nested: Any) -> list[Any]:
    """Give the elements of nested lists in their order."""
    return [one for part in nested for one in _walked(part)] if isinstance(nested, list) else [nested]


@pytest.mark.parametrize("sizes", [(24,), (4, 6), (-1, 3), (2, 2, 2, 3), (1, 24, 1)])
def test_reshape_keeps_the_order(sizes: tuple[int, ...]) -> None:
    """Whatever the strides, the elements come in the order in which nested lists hold them."""
    tensor = _own(np.arange(24).reshape(4, 3, 2))
    for seen in (tensor, tensor.permute(2, 0, 1), tensor.transpose(0, -1)):
        result = seen.reshape(sizes)

        assert _walked(result.array().tolist()) == _walked(seen.array().tolist())
        assert result.shape == np.empty(24).reshape(sizes).shape


def test_contiguous_is_numpys() -> None:
    """A tensor is contiguous exactly where NumPy's array is, and then `contiguous` gives the tensor itself."""
    for chain in CHAINS:
        _, theirs, _, ours = _both(chain)
        dense: Any = ours.contiguous()

        assert ours.is_contiguous() == theirs.flags.c_contiguous, chain.label
        assert (dense is ours) == theirs.flags.c_contiguous, chain.label
        assert dense.array().tolist() == theirs.tolist(), chain.label


def test_rows_are_views_of_the_tensor() -> None:
    """What is walked over is the tensor's own memory."""
    tensor = _own(np.arange(6).reshape(2, 3))
    rows = list(tensor)
    rows[1][0] = 9

    assert ([row.array().tolist() for row in rows], len(tensor)) == ([[0, 1, 2], [9, 4, 5]], 2)
    assert tensor.array().tolist() == [[0, 1, 2], [9, 4, 5]]


def test_cat_is_a_list_of_rows() -> None:
    """Rows follow each other as in a list, in the dtype to which both are promoted."""
    left, right = ([[1, 0], [1, 1]], [[0, 1]])
    for pair in product(DTYPES, DTYPES):
        tensors = [
            made(np.array(rows).astype(numpy_dtype(dtype)), dtype, "cpu")
            for rows, dtype in zip((left, right), pair, strict=True)
        ]
        result = TORCH.cat(tensors)

        assert result.dtype == promote_types(*pair)
        assert result.array().astype(np.complex128).real.astype(int).tolist() == left + right


@pytest.mark.parametrize("dim", [-1, 1])
def test_cat_puts_columns_beside_each_other(dim: int) -> None:
    """Each row is the sum of the rows, as lists, whatever the layout, and `out` is filled through its strides."""
    left = _own(np.arange(6).reshape(2, 3))
    right = _own(np.arange(8).reshape(4, 2)).t()[:, 1:]
    rows = [one + other for one, other in zip(left.array().tolist(), right.array().tolist(), strict=True)]
    base = _own(np.zeros((6, 4), dtype=np.int64))
    out: Any = base.t()[::2]

    assert TORCH.cat([left, right], dim).array().tolist() == rows
    assert TORCH.concat((left, right), dim=dim, out=out) is out
    assert out.array().tolist() == rows
    assert base.t().array().tolist()[1] == [0] * 6


@pytest.mark.parametrize(
    "table", [aliasing.base_writes, aliasing.tensor_writes, indexing.number_writes, indexing.tensor_writes]
)
def test_tables_of_writes_have_unique_labels_with_any_seed(table: Table) -> None:
    """Rows are told apart by their labels."""
    for seed in (3,):
        rows: list[Row] = list(table("standard", seed))

        assert len({row.label for row in rows}) == len(rows) > 50
