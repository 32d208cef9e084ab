"""How the reference makes tensors, reads them and shares them with NumPy, by a second opinion: NumPy and plain Python."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest

from conformance.backends.protocol import see_plain
from conformance.backends.reference import ReferenceBackend
from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.observation import Expectation, Observation, Seen, differences, expected_of
from conformance.reference.namespace import Namespace, made
from conformance.reference.promotion import defaults
from conformance.reference.sizes import Size
from conformance.strategies.values import elements, generator

TORCH = Namespace()
CPU = "cpu"


# --- reading ---


@pytest.mark.parametrize("dtype", DTYPES)
def test_lists_are_numpys(dtype: str) -> None:
    """A list is what NumPy lists of the same elements, in Python's types."""
    array = elements(dtype, 24, generator(1, dtype)).reshape(2, 3, 4)
    tensor: Any = made(array, dtype, CPU)
    listed = tensor.permute(2, 0, 1).tolist()
    wide = array.astype(np.float64) if kind_of(dtype) == "float" else array

    assert repr(listed) == repr(wide.transpose(2, 0, 1).tolist())
    kinds = {type(one) for plane in listed for row in plane for one in row}
    assert kinds == {{"bool": bool, "integer": int, "float": float, "complex": complex}[kind_of(dtype) or ""]}


def test_an_item_is_the_element_that_a_view_shows() -> None:
    """The item of a part is that part's element, exactly."""
    tensor: Any = made(np.array([2**53, 2**53 + 1, -(2**63)]), "int64", CPU)

    assert [tensor[place].item() for place in (0, 1, -1)] == [2**53, 2**53 + 1, -(2**63)]
    assert made(np.array([[[0.1]]], dtype=np.float16), "float16", CPU).item() == float(np.float16(0.1))


def test_sizes_and_bounds_may_be_named() -> None:
    """Sizes by name are those by position, and bounds by name count as Python's range does."""
    assert TORCH.zeros(size=(2, 3), device=CPU).shape == TORCH.ones(size=[2, 3], device=CPU).shape == (2, 3)
    counted = (
        TORCH.arange(end=5, device=CPU), TORCH.arange(start=1, end=5, device=CPU), TORCH.arange(1, end=5, device=CPU),
        TORCH.arange(start=7, end=1, step=-2, device=CPU), TORCH.arange(0, 5, step=2, device=CPU),
    )  # fmt: skip
    right = range(5), range(1, 5), range(1, 5), range(7, 1, -2), range(0, 5, 2)
    assert [one.tolist() for one in counted] == [list(one) for one in right]


def test_a_shape_is_a_tuple() -> None:
    """A shape compares, hashes and slices as a tuple, and counts its elements."""
    shape = made(np.zeros((2, 3)), "float64", CPU).shape

    assert (shape, shape[1:], hash(shape), shape.numel()) == ((2, 3), (3,), hash((2, 3)), 6)
    assert isinstance(shape[1:], Size)


def test_numbers_are_pythons() -> None:
    """`int` truncates, `float` rounds as Python does, and an index needs an integer."""
    tensor = TORCH.tensor(-2.75, device=CPU)

    assert (int(tensor), float(tensor), complex(tensor), bool(tensor)) == (-2, -2.75, -2.75 + 0j, True)
    assert float(TORCH.tensor(2**53 + 1, device=CPU)) == float(2**53 + 1)
    assert bool(TORCH.tensor(math.nan, device=CPU))
    assert "abc"[TORCH.tensor([[1]], device=CPU)] == "b"
    assert (2 in TORCH.tensor([1, 2], device=CPU), 2.5 in TORCH.tensor([2], device=CPU)) == (True, False)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda t: t.item(), RuntimeError),
        (lambda t: t[:0].item(), RuntimeError),
        (bool, RuntimeError),
        (float, ValueError),
        (lambda t: t.size(2), IndexError),
        (lambda t: t[0, 0].size(0), IndexError),
        (lambda t: len(t[0, 0]), TypeError),
        (lambda t: list(iter(t[0, 0])), TypeError),
        (lambda t: [1, 2][t[0, 0]], TypeError),
        (lambda _: TORCH.zeros(2, -1, device=CPU), RuntimeError),
        (lambda _: TORCH.zeros(device=CPU), TypeError),
        (lambda _: TORCH.arange(1, 5, 0, device=CPU), RuntimeError),
        (lambda _: TORCH.arange(5, 1, device=CPU), RuntimeError),
        (lambda _: TORCH.set_default_dtype("int64"), TypeError),
        (lambda _: TORCH.tensor([[1, 2], [3]], device=CPU), ValueError),
        (lambda _: TORCH.tensor([0, "1"], device=CPU), TypeError),
        (lambda _: TORCH.tensor(2**63, device=CPU), ValueError),
        (lambda _: TORCH.from_numpy(np.zeros(3)[::-1]), ValueError),
        (lambda _: TORCH.from_numpy(np.zeros(3, dtype=">f8")), ValueError),
        (lambda _: TORCH.from_numpy(np.zeros(3, dtype="i4,f8")["f1"]), ValueError),
        (lambda _: TORCH.from_numpy(np.zeros(3, dtype="M8[s]")), TypeError),
        (lambda _: TORCH.from_numpy([1]), TypeError),
        (lambda t: t.to("bfloat16").numpy(), TypeError),
        (lambda t: t.requires_grad_().numpy(), RuntimeError),
    ],
)
def test_the_reference_refuses(call: Any, error: type[Exception]) -> None:
    """What PyTorch documents as an error is one in the reference."""
    with pytest.raises(error):
        call(made(np.arange(6, dtype=np.float32).reshape(2, 3), "float32", CPU))


# --- making ---


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (True, "bool"), (3, "int64"), (2.5, "float32"), (1j, "complex64"), ([True, 2], "int64"), ([1, 2.5], "float32"),
        ([2.5, 1j], "complex64"), ([], "float32"), ([[], []], "float32"), (np.float64(1), "float64"),
        ([np.float16(1), np.float32(2)], "float32"), ([np.int8(1), np.uint8(2)], "int16"), (np.array([True])[0], "bool"),
        ([np.zeros(2, np.int16)] * 2, "int16"), ([made(np.ones(()), "bfloat16", CPU)], "bfloat16"),
    ],
)  # fmt: skip
def test_a_dtype_is_inferred(data: Any, dtype: str) -> None:
    """The facts of PyTorch's reference of torch.tensor."""
    assert TORCH.tensor(data, device=CPU).dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_are_rounded_as_numpy_does(dtype: str) -> None:
    """Of what the numbers may become, one is what NumPy makes of them."""
    data = [0.0, 1.0, 2.75, 100.9, 0.1, 65504.0] if kind_of(dtype) != "integer" else [0.0, 1.0, 2.75, 100.9]
    tensor = TORCH.tensor(data, dtype=dtype, device=CPU)
    right = [tensor.array(), *(tensor.allowed.also if tensor.allowed is not None else [])]
    with np.errstate(over="ignore"):
        numpys = np.array(data).astype(numpy_dtype(dtype))

    assert numpys.tobytes() in [one.tobytes() for one in right]


def test_the_default_dtype_is_that_of_floats() -> None:
    """It reaches numbers, sizes, division of integers, and no further; a run's end puts it back."""
    backend = ReferenceBackend()
    before = backend.state()
    TORCH.set_default_dtype("float64")
    whole = TORCH.tensor([1, 2], device=CPU)
    found = [
        one.dtype
        for one in (
            TORCH.tensor(0.5, device=CPU), TORCH.tensor(1j, device=CPU), TORCH.zeros(1, device=CPU), whole / 2,
            whole * 0.5, whole, TORCH.rand(1, device=CPU), TORCH.arange(1.0, device=CPU), TORCH.Tensor([1]),
        )
    ]  # fmt: skip
    backend.restore(before)

    assert found == [
        "float64", "complex128", "float64", "float64", "float64", "int64", "float64", "float64", "float64",
    ]  # fmt: skip
    assert defaults.float_dtype == "float32"


@pytest.mark.parametrize(
    "bounds",
    [
        (5,), (2, 9, 3), (7, 0, -2), (0.0, 2.0, 0.25), (2**53, 2**53 + 3), (1.0, 0.0, -0.5), (0,), (4, 4), (4, 4, -3),
        (2.5, 2.5), (2.5, 2.5, -1.0), (0.0, 1.0, 0.75), (1, 2, 9),
    ],
)  # fmt: skip
def test_a_range_is_numpys(bounds: tuple[Any, ...]) -> None:
    """A range of exact numbers is NumPy's."""
    assert TORCH.arange(*bounds, device=CPU).tolist() == np.arange(*bounds).tolist()


@pytest.mark.parametrize("bounds", [(3,), (1, 4), (0.5, 3.0)])
@pytest.mark.parametrize("dtype", ["float32", "int32", "float64"])
def test_a_range_is_of_the_dtype_that_is_asked_for(bounds: tuple[Any, ...], dtype: str) -> None:
    """Whatever the numbers are; without one, ints give int64 and floats the default dtype."""
    assert TORCH.arange(*bounds, dtype=dtype, device=CPU).dtype == dtype
    plain = "float32" if any(isinstance(one, float) for one in bounds) else "int64"
    assert TORCH.arange(*bounds, device=CPU).dtype == plain


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("tensor", ([1.0],)), ("full", ((2,), 0.5)), ("zeros", (2,)), ("ones", (2,)), ("empty", (2,)), ("arange", (2.0,)),
        ("rand", (2,)),
    ],
)  # fmt: skip
def test_whatever_makes_a_tensor_can_make_a_leaf(name: str, arguments: Any) -> None:
    """Of floats, where it is asked for; of integers it is refused."""
    make = getattr(TORCH, name)
    leaf, plain = make(*arguments, requires_grad=True, device=CPU), make(*arguments, device=CPU)

    assert (leaf.requires_grad, leaf.is_leaf, plain.requires_grad) == (True, True, False)
    if name != "rand":
        with pytest.raises(RuntimeError):
            make(*arguments, dtype="int64", requires_grad=True, device=CPU)


@pytest.mark.parametrize(
    ("data", "dtype", "values"),
    [
        ([np.int64(2**53 + 1)], "int64", [2**53 + 1]), ([np.complex64(1 + 2j), 3], "complex64", [1 + 2j, 3]),
        ([TORCH.tensor(0.5, dtype="bfloat16"), TORCH.tensor(2.0, dtype="bfloat16")], "bfloat16", [0.5, 2.0]),
        ([np.array([1, 2], np.int8), [3, 4]], "int64", [[1, 2], [3, 4]]), ([np.bool_(True), np.bool_(False)], "bool", [True, False]),  # noqa: FBT003 - NumPy's own
    ],
)  # fmt: skip
def test_what_carries_a_dtype_keeps_its_value_in_a_list(data: Any, dtype: str, values: Any) -> None:
    """Scalars, arrays and tensors among the items, whatever float64 can't hold."""
    made = TORCH.tensor(data, device=CPU)

    assert (made.dtype, made.tolist()) == (dtype, values)


@pytest.mark.parametrize("number", [0, 2, 3])
@pytest.mark.parametrize(
    ("convert", "error"),
    [
        (bool, RuntimeError), (int, ValueError), (float, ValueError), (complex, ValueError),
        (lambda tensor: tensor.item(), RuntimeError), (lambda tensor: [10][tensor], TypeError),
    ],
)  # fmt: skip
def test_only_one_element_is_a_number(convert: Any, error: type[Exception], number: int) -> None:
    """Neither none nor several are, and each conversion has one refusal for both; one is, whatever its dimensions."""
    with pytest.raises(error):
        convert(TORCH.tensor([0] * number, dtype="int64", device=CPU))
    assert convert(TORCH.tensor([[0]], device=CPU)) in (0, 10)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (4, 1, 2)])
def test_a_size_is_asked_for_from_either_end(shape: tuple[int, ...]) -> None:
    """Each is the shape's; beyond the last and before the first there is none."""
    tensor = TORCH.zeros(shape, device=CPU)

    assert [tensor.size(dim) for dim in range(-len(shape), len(shape))] == [*shape, *shape]
    for dim in (len(shape), len(shape) + 1, -len(shape) - 1, -len(shape) - 2):
        with pytest.raises(IndexError):
            tensor.size(dim)


@pytest.mark.parametrize(("dtype", "digits"), [("float16", 11), ("bfloat16", 8), ("float32", 24), ("float64", 53)])
def test_random_numbers_have_all_digits_of_their_dtype(dtype: str, digits: int) -> None:
    """Each is a multiple of the distance between the numbers just below 1, and some of no larger one."""
    numbers = TORCH.rand(200, dtype=dtype, device=CPU).array().astype(np.float64) * 2.0**digits

    assert (numbers == np.trunc(numbers)).all()
    assert (numbers % 2 == 1).any()
    assert numbers.max() < 2.0**digits


@pytest.mark.parametrize("digit", [0, 1])
def test_a_number_beside_the_middle_of_two_halves_may_be_either(digit: int) -> None:
    """At once, or through float32, which can't tell it from the middle; whichever of both is the larger."""
    low, high = 1 + digit / 128, 1 + (digit + 1) / 128
    for value in ((low + high) / 2 * (1 - 2.0**-40), (low + high) / 2 * (1 + 2.0**-40)):
        made = TORCH.tensor([value], dtype="bfloat16", device=CPU)
        even = high if digit else low
        assert made.allowed is not None or made.tolist() == [even]
        others = [float(one[0]) for one in made.allowed.also] if made.allowed is not None else []
        assert {made.tolist()[0], *others} == {low if value < (low + high) / 2 else high, even}


def test_sizes_and_bounds_have_names() -> None:
    """What a call names means the same as what it places; without any size there is nothing to make."""
    assert TORCH.zeros(size=(2, 3)).shape == TORCH.zeros(2, 3).shape == (2, 3)
    assert TORCH.ones(size=[]).tolist() == 1.0
    assert TORCH.arange(end=7, start=1, step=2).tolist() == list(range(1, 7, 2))
    assert TORCH.arange(end=3).tolist() == TORCH.arange(0, end=3).tolist() == [0, 1, 2]
    with pytest.raises(TypeError):
        TORCH.zeros()


def test_random_numbers_stay_below_one_and_repeat() -> None:
    """Every float dtype has values in [0, 1), and a seed repeats them."""
    for dtype in ("float16", "bfloat16", "float32", "float64"):
        TORCH.manual_seed(3)
        first = TORCH.rand(5000, dtype=dtype, device=CPU).tolist()
        own = TORCH.rand(5000, dtype=dtype, generator=TORCH.Generator(device=CPU).manual_seed(3), device=CPU).tolist()

        assert first == own
        assert 0 <= min(first) < 0.1
        assert 0.9 < max(first) < 1


def test_a_seed_may_be_any_of_64_bits() -> None:
    """torch.manual_seed: from the smallest int64 to the largest uint64; another seed gives other numbers."""
    seeds = (0, 1, -1, 2**63, -(2**63), 2**64 - 2)

    def drawn(seed: int) -> tuple[float, ...]:
        TORCH.manual_seed(seed)
        return tuple(TORCH.rand(9, device=CPU).tolist())

    first, again = ([drawn(seed) for seed in seeds] for _ in range(2))
    assert first == again
    assert len(set(first)) >= len(seeds) - 1  # the smallest is 2**63 in 64 bits


def test_what_is_not_initialised_may_be_anything() -> None:
    """Elements that nothing sets are free, and a legacy constructor of sizes sets none."""
    for tensor in (TORCH.empty((2, 3), device=CPU), TORCH.FloatTensor(2, 3), TORCH.LongTensor(TORCH.Size([2, 3]))):
        assert tensor.shape == (2, 3)
        assert tensor.allowed.free.all()
    assert TORCH.ByteTensor([1, 255]).tolist() == [1, 255]


# --- NumPy ---


def _lying() -> list[np.ndarray[Any, Any]]:
    whole = np.arange(48.0).reshape(4, 12)
    return [
        whole, whole.T, whole[:, ::3], whole[1:, 2:-1], whole[2], whole[1, 5:6], whole[:0], np.asfortranarray(whole),
        np.array(2.5), np.broadcast_to(whole[0].copy(), (3, 12)).copy().transpose(), whole.reshape(2, 2, 12)[:, 1].T,
        np.lib.stride_tricks.as_strided(whole, (3, 2), (0, 16)), whole[:, :0], whole[3:, 11:],
    ]  # fmt: skip


@pytest.mark.parametrize("place", range(len(_lying())))
def test_a_tensor_over_an_array_shares_it(place: int) -> None:
    """It shows the same elements with the same strides, and both see each other's writes."""
    array = _lying()[place]
    tensor = TORCH.from_numpy(array)

    assert tensor.tolist() == array.tolist()
    assert tuple(stride * 8 for stride in tensor.strides) == array.strides
    # From the first element to the last, in whatever steps: no element of somebody else's memory.
    assert len(tensor.storage) == max(
        (1 + np.dot(index, tensor.strides) for index in np.ndindex(array.shape)), default=0
    )
    tensor.array()[...] = 7
    assert (array == 7).all()
    tensor.numpy()[...] = 8
    assert (array == 8).all()
    if array.size:
        assert np.shares_memory(tensor.numpy(), array)


def test_copies_do_not_share() -> None:
    """`tensor` of an array or a tensor has memory of its own; `as_tensor` gives the same tensor."""
    array = np.zeros(3)
    tensor = TORCH.tensor(array, device=CPU)
    copy = TORCH.tensor(tensor, device=CPU)
    array[...] = 1
    tensor[0] = 2

    assert (tensor.tolist(), copy.tolist()) == ([2, 0, 0], [0, 0, 0])
    assert TORCH.as_tensor(tensor) is tensor
    assert TORCH.as_tensor(array).numpy() is not array
    assert np.shares_memory(TORCH.as_tensor(array).numpy(), array)


def test_as_tensor_moves_where_it_is_asked_to() -> None:
    """torch.as_tensor: the device of the constructed tensor, if None that of data; elsewhere it shares no memory."""
    array = np.zeros(3)
    there = TORCH.as_tensor(array, device="cuda:0")
    array[...] = 1
    back = TORCH.as_tensor(there, device=CPU, dtype="float32")

    assert (str(there.device), there.tolist()) == ("cuda:0", [0, 0, 0])
    assert TORCH.as_tensor(there) is TORCH.as_tensor(there, device="cuda:0") is there
    assert (str(back.device), back.dtype, back.tolist()) == (CPU, "float32", [0, 0, 0])


def test_a_read_only_array_is_warned_of() -> None:
    """A UserWarning says so, and a writable one gives none."""
    array = np.zeros(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TORCH.from_numpy(array)
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        TORCH.from_numpy(array)


@pytest.mark.parametrize("scalar", [np.float64(2), np.float32(2), np.int64(2), np.float16(2)])
def test_a_numpy_scalar_is_a_number(scalar: Any) -> None:
    """It counts as the Python number that it holds, on either side."""
    tensor = made(np.array([4.0], dtype=np.float16), "float16", CPU)

    assert [(scalar * tensor).tolist(), (tensor / scalar).tolist(), (scalar - tensor).tolist()] == [
        [8.0],
        [2.0],
        [-2.0],
    ]
    assert (scalar * tensor).dtype == "float16"
    assert np.asarray(tensor).tolist() == [4.0]


# --- what is judged ---


def _seen(value: Any) -> Seen:
    return ReferenceBackend().see(value)


@pytest.mark.parametrize(
    "value",
    [
        math.nan, math.inf, -0.0, 2**63, [1, 2.5, [math.nan, -math.inf]], (True, [1j, complex(math.nan, -0.0)]), [],
        [[], []], Size((2, 3)), None, "nan", [Size(()), ("a", None)], 0.1, float,
    ],
)  # fmt: skip
def test_a_python_value_is_judged_exactly(value: Any) -> None:
    """A value equals itself: NaN, infinities, nested lists, sizes."""
    expectation = Expectation(returned=(expected_of(_seen(value), strides=False),))

    assert differences(expectation, Observation(returned=(_seen(value),))) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (1, 1.0), (1, True), (0.0, -0.0), (math.nan, math.inf), ([1, 2], [1, 2.0]), ([1], (1,)), ([1], [1, 1]), ([[]], []),
        (Size((2,)), (2,)), ([0.1], [0.1 + 2**-56]), (1j, complex(-0.0, 1)), (2**53 + 1, 2**53), ([None], ["None"]),
        (float, int),
    ],
)  # fmt: skip
def test_another_python_value_is_told_apart(right: Any, wrong: Any) -> None:
    """Types, signs, lengths and single bits count."""
    expectation = Expectation(returned=(expected_of(_seen(right), strides=False),))

    assert differences(expectation, Observation(returned=(_seen(wrong),)))
    assert see_plain(1) != see_plain(True)  # noqa: FBT003 - a bool is the point
