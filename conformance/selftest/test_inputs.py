"""Inputs as data: bases, views of them, arrays, scalars and plain values, built anew on a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from conformance.backends.pytorch import TorchBackend
from conformance.documents import inputs_of
from conformance.observation import elements
from conformance.program import (
    ArrayInput,
    Inputs,
    NumpyScalarInput,
    PlainInput,
    ProgramError,
    Step,
    TensorInput,
    array_of_bits,
    base_of_values,
    bits_of_array,
    checked,
    decode_plain,
    encode_plain,
)
from conformance.runner.execution import build, execute

if TYPE_CHECKING:
    from conformance.observation import Observation

BACKEND = TorchBackend()
CPU = BACKEND.device("cpu")
BASE = base_of_values([[0, 1, 2], [3, 4, 5]], "float32")


def _built(inputs: Inputs) -> dict[str, Any]:
    return build(BACKEND, inputs, CPU, CPU).arguments


def _run(source: str, inputs: Inputs) -> Observation:
    observation, _ = execute(BACKEND, checked(source), inputs, CPU)
    return observation


def test_an_argument_is_a_base_seen_through_view_operations() -> None:
    """A chain of view operations gives the argument its strides and offset."""
    steps = (Step("transpose", (0, 1)), Step("index", ({"slice": [1, None, None]},)))
    argument = _built(Inputs({"b": BASE}, {"x": TensorInput("b", steps)}))["x"]

    assert argument.tolist() == [[1, 4], [2, 5]]
    assert (argument.stride(), argument.storage_offset()) == ((1, 3), 1)


def test_arguments_may_share_a_base() -> None:
    """A write to one argument is seen in another that shares its base, and both are known to have changed."""
    inputs = inputs_of({"x": {"dtype": "float32", "values": [1, 2]}, "y": {"base": "x", "view": [["unsqueeze", 0]]}})
    seen = _run("def f(torch, x, y, *, device):\n    x[0] = 7\n    return y\n", inputs)

    assert array_of_bits(seen.returned[0].bits or b"", "float32", (1, 2)).tolist() == [[7, 2]]
    assert seen.arguments["x"].changed
    assert seen.arguments["y"].changed


def test_inputs_are_made_anew_for_each_run() -> None:
    """What one run wrote is not there in the next."""
    inputs = inputs_of({"x": {"dtype": "float32", "values": [1, 2]}})
    source = "def f(torch, x, *, device):\n    x[0] = x[0] + 1\n    return x\n"

    assert _run(source, inputs) == _run(source, inputs)


def test_a_leaf_is_a_leaf_whatever_its_layout() -> None:
    """`requires_grad` is set last: a transposed argument collects its gradient, which the observation holds."""
    inputs = inputs_of({"x": {"dtype": "float32", "values": [[1, 2], [3, 4]], "view": [["t"]], "requires_grad": True}})
    seen = _run("def f(torch, x, *, device):\n    (x * 2).mean().backward()\n", inputs)
    gradient = seen.arguments["x"].grad

    assert gradient is not None
    assert gradient.shape == (2, 2)


@pytest.mark.parametrize("dtype", ["<f4", ">i2", "|b1", "<c16"])
def test_an_array_keeps_its_layout(dtype: str) -> None:
    """A NumPy argument keeps byte order, strides, offset and whether it may be written."""
    buffer = np.arange(12).astype(dtype)
    size = buffer.itemsize
    stored = ArrayInput(dtype, (3,), (-2 * size,), bits_of_bytes(buffer), offset=10 * size, writable=False)
    array = stored.array()

    assert array.dtype == np.dtype(dtype)
    assert array.tolist() == buffer[10:5:-2].tolist()
    assert not array.flags.writeable


def bits_of_bytes(array: np.ndarray[Any, Any]) -> bytes:
    """Give an array's memory as it is, byte order included."""
    return bits_of_array(array.view("uint8"))


def test_a_numpy_scalar_is_one() -> None:
    """A NumPy scalar argument has its dtype."""
    scalar = _built(Inputs({}, {"n": NumpyScalarInput("float32", bits_of_array(np.array(1.5, "float32")))}))["n"]

    assert type(scalar) is np.float32
    assert scalar == 1.5


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, 2**62 + 1, -(2**70), 0.1, float("inf"), 1 - 2j, "text", slice(1, None, -2), Ellipsis,
        [1, [2.5]], (0, (1,), slice(None)),
    ],
    ids=repr,
)  # fmt: skip
def test_a_plain_value_comes_back_as_it_was(value: Any) -> None:
    """Plain values are stored as JSON can hold them, and come back with their types, bit for bit."""
    assert decode_plain(encode_plain(value), str) == value
    assert type(decode_plain(encode_plain(value), str)) is type(value)


def test_a_dtype_is_stored_by_name() -> None:
    """A dtype argument is the library's own dtype of that name."""
    assert _built(Inputs({}, {"d": PlainInput({"dtype": "int16"})}))["d"] is torch.int16


@pytest.mark.parametrize("value", [object(), {1: 2}])
def test_what_is_no_plain_value_is_refused(value: Any) -> None:
    """Anything else can't be stored, and is refused both ways."""
    with pytest.raises(ProgramError):
        encode_plain(value)
    with pytest.raises(ProgramError):
        decode_plain({"what": 1}, str)


@pytest.mark.parametrize(
    "stored",
    [
        {}, {"what": 1}, {"int": 1}, {"float": 1.5}, {"complex": ["0x1p0"]}, {"complex": ["0x1p0"] * 3}, {"slice": [1]},
        {"tuple": 3}, {"ellipsis": False}, {"dtype": 4}, {"int": "1", "float": "0x1p0"}, (1,),
    ],
    ids=repr,
)  # fmt: skip
def test_what_was_never_stored_is_refused(stored: Any) -> None:
    """A damaged value is told as such, and never taken for another."""
    with pytest.raises(ProgramError):
        decode_plain(stored, str)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "bfloat16", "float64", "complex64"])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (2, 0)])
def test_a_tensor_is_read_as_it_was_built(dtype: str, shape: tuple[int, ...]) -> None:
    """Bits, dtype and shape survive building on PyTorch and reading there."""
    base = base_of_values(np.ones(shape), dtype)
    seen = BACKEND.see(BACKEND.make_tensor(base.array(), base.dtype, CPU))

    assert (seen.dtype, seen.shape, seen.bits) == (dtype, shape, base.bits)


def test_a_view_that_puts_off_a_change_of_sign_is_read() -> None:
    """A conjugated tensor and its imaginary part are read as the numbers that they stand for."""
    conjugated = torch.tensor([1 + 2j]).conj()

    assert elements(BACKEND.see(conjugated)) == [1 - 2j]
    assert elements(BACKEND.see(conjugated.imag)) == [-2.0]


def test_what_a_program_prints_and_warns_is_recorded() -> None:
    """Standard output and every warning of the program are part of the observation, each time."""
    source = "def f(torch, x, *, device):\n    (x * 2).grad\n    return type(x).__name__\n"
    inputs = inputs_of({"x": {"dtype": "float32", "values": [1.0], "requires_grad": True}})

    assert [[warned.category for warned in _run(source, inputs).warnings] for _ in range(2)] == [["UserWarning"]] * 2
