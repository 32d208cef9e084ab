"""The reference's devices: what PyTorch's reference says of places, moves and mixed operands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from conformance.reference.devices import is_dense
from conformance.reference.namespace import Namespace, made
from conformance.reference.tensor import Place

torch = Namespace()


def _tensor(shape: tuple[int, ...], device: str = "cpu") -> Any:
    number = int(np.prod(shape, dtype=np.int64))
    return made(np.arange(number, dtype=np.float32).reshape(shape), "float32", device)


@pytest.mark.parametrize(
    ("name", "kind", "index", "text"),
    [("cpu", "cpu", None, "cpu"), ("cuda:1", "cuda", 1, "cuda:1"), ("cuda", "cuda", 0, "cuda:0")],
)
def test_a_place_has_a_type_and_an_index(name: str, kind: str, index: int | None, text: str) -> None:
    """As torch.device has them."""
    place = Place(name)

    assert (place.type, place.index, str(place)) == (kind, index, text)


def test_to_gives_the_same_tensor_where_nothing_changes() -> None:
    """Tensor.to: then self is returned."""
    x = _tensor((2, 3), "cuda:0")

    assert x.to("cuda:0") is x.to("cuda:0", "float32") is x.to(x) is x
    assert x.to("cuda:0", copy=True) is not x


@pytest.mark.parametrize("named", [("float32",), ("cuda:0",), ("cuda:0", "float32"), (None, "float32"), "itself"])
def test_a_copy_is_asked_for_by_position_too(named: Any) -> None:
    """Tensor.to: in each of its forms non_blocking follows, then copy."""
    x = _tensor((2, 3), "cuda:0").permute(1, 0)
    asked = (x,) if named == "itself" else named

    flags = False, True
    assert x.to(*asked, *flags[:1]) is x.to(*asked, *flags[1:]) is x.to(*asked, *flags[::-1]) is x
    copy = x.to(*asked, *flags)
    copy[0] = 7
    assert copy is not x
    assert (x.tolist(), copy.tolist()) == ([[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]], [[7.0, 7.0], [1.0, 4.0], [2.0, 5.0]])
    assert copy.strides == (1, 3)
    assert x.to(*asked, *flags, memory_format=torch.contiguous_format).strides == (2, 1)


def test_data_is_the_same_memory_whose_writes_are_not_counted() -> None:
    """Migration Guide of 0.4.0: `.data` shares the data, and autograd does not track changes of it."""
    x, y = _tensor((3,)).requires_grad_(), _tensor((3,))
    product = x * y
    x.data[1] = 5
    product.backward(_tensor((3,)))

    assert (x.tolist(), x.grad.tolist()) == ([0.0, 5.0, 2.0], [0.0, 1.0, 4.0])
    assert (x.data.requires_grad, y.data.tolist()) == (False, [0.0, 1.0, 2.0])


def test_cpu_leaves_the_original() -> None:
    """The copy lies on the CPU, the original where it was, and neither sees the other's writes."""
    x = _tensor((2, 3), "cuda:0")
    copy = x.cpu()
    copy[0] = 7

    assert (str(x.device), str(copy.device), x.is_cuda, copy.is_cuda) == ("cuda:0", "cpu", True, False)
    assert x.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


def test_strides_are_kept_where_a_tensor_is_dense() -> None:
    """torch.preserve_format: else the result is contiguous."""
    x = _tensor((2, 3))

    assert x.permute(1, 0).to("cuda:0").strides == (1, 3)
    assert x[:, ::2].to("cuda:0").strides == (2, 1)
    assert x[:1].expand(4, 3).to("cuda:0").strides == (3, 1)


@pytest.mark.parametrize(
    ("shape", "strides", "dense"),
    [((2, 3), (3, 1), True), ((2, 3), (1, 2), True), ((2, 1), (1, 9), True), ((2, 3), (6, 2), False), ((4, 3), (0, 1), False)],
)  # fmt: skip
def test_dense_is_told_from_strides(shape: tuple[int, ...], strides: tuple[int, ...], dense: bool) -> None:  # noqa: FBT001 - a parameter
    """No gap and no element twice, in any order; the stride of a size-1 dimension does not matter."""
    assert is_dense(shape, strides) == dense


def test_mixed_operands_are_refused_but_for_a_0_d_one_of_the_cpu() -> None:
    """Elementwise operations take a 0-d CPU tensor, on either side, and nothing else."""
    here, there = _tensor((3,), "cuda:0"), _tensor((3,))

    assert str((here + _tensor(())).device) == str((_tensor(()) + here).device) == "cuda:0"
    for operands in ((here, there), (there, here), (there, _tensor((), "cuda:0")), (here, _tensor((1,)))):
        with pytest.raises(RuntimeError, match="cuda:0 and cpu"):
            torch.add(*operands)


def test_a_target_on_the_cpu_is_never_written_from_elsewhere() -> None:
    """A 0-d target does not move to the other operand's device."""
    with pytest.raises(RuntimeError, match="same device"):
        _tensor(()).add_(_tensor((), "cuda:0"))


@pytest.mark.parametrize("elsewhere", [0, 1, 2])
def test_cat_and_products_take_one_device(elsewhere: int) -> None:
    """Whichever operand lies elsewhere."""
    tensors = [_tensor((2, 2), "cuda:0" if place == elsewhere else "cpu") for place in range(3)]

    with pytest.raises(RuntimeError, match="same device"):
        torch.cat(tensors)
    with pytest.raises(RuntimeError, match="same device"):
        torch.matmul(tensors[elsewhere], tensors[elsewhere - 1])


def test_copies_cross_devices() -> None:
    """copy_ and the assignment of a slice are the exceptions."""
    here, there = _tensor((2, 2), "cuda:0"), _tensor((2,))
    here.copy_(there, non_blocking=True)
    there[...] = here[0, 1]

    assert (here.tolist(), str(here.device)) == ([[0.0, 1.0], [0.0, 1.0]], "cuda:0")
    assert (there.tolist(), str(there.device)) == ([1.0, 1.0], "cpu")


@pytest.mark.parametrize(
    ("here", "there"), [("cpu", "cuda:0"), ("cuda:0", "cpu"), ("cuda:0", "cuda:1"), ("cuda:1", "cuda:0")]
)
def test_a_gradient_that_is_given_lies_where_the_output_does(here: str, there: str) -> None:
    """One on another device is refused, either way round; one without dimensions may come from elsewhere."""
    leaf, scalar = _tensor((2,), here).requires_grad_(), _tensor((), here).requires_grad_()

    with pytest.raises(RuntimeError, match=f"is on {there}, and the output on {here}"):
        (leaf * 2).backward(_tensor((2,), there))
    (leaf * 2).backward(_tensor((2,), here))
    assert (leaf.grad.tolist(), str(leaf.grad.device)) == ([0.0, 2.0], here)
    (scalar * 2).backward(_tensor((), there) + 1)
    assert (scalar.grad.tolist(), str(scalar.grad.device)) == (2.0, here)


def _index(values: Any, device: str = "cpu") -> Any:
    array = np.array(values)
    return made(array, str(array.dtype), device)


def test_index_tensors_select_copies_where_the_tensor_lies() -> None:
    """An index of the CPU, or of the tensor's device, selects; the elements lie where the tensor does, and are a copy."""
    x = _tensor((3, 2), "cuda:0")
    chosen = x[_index([2, 0, 2])]

    assert (chosen.tolist(), str(chosen.device)) == ([[4.0, 5.0], [0.0, 1.0], [4.0, 5.0]], "cuda:0")
    assert x[..., _index([[1]], "cuda:0")].tolist() == [[[1.0]], [[3.0]], [[5.0]]]
    assert x[_index([True, False, True])].tolist() == [[0.0, 1.0], [4.0, 5.0]]
    chosen[0] = 9
    assert x.tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]


def test_index_tensors_write() -> None:
    """A number or a tensor of one element goes to every place that is named, a sum to each place once."""
    x = _tensor((4,), "cuda:0")
    x[_index([0, -1])] = 7
    assert x.tolist() == [7.0, 1.0, 2.0, 7.0]
    x[_index([False, True, True, False])] = _tensor((1,), "cuda:0")
    assert x.tolist() == [7.0, 0.0, 0.0, 7.0]
    x[_index([1, 1])] += 1
    assert x.tolist() == [7.0, 1.0, 0.0, 7.0]


def test_index_tensors_of_another_device_are_refused() -> None:
    """The message of ATen's TensorAdvancedIndexing where they read; a 0-d index counts as an int and is none."""
    x = _tensor((3,))

    for key in (_index([0], "cuda:0"), (..., _index([True, False, True], "cuda:0"))):
        with pytest.raises(RuntimeError, match="indices should be either on cpu or on the same device"):
            x[key]
    assert x[_index(2, "cuda:0")].item() == 2.0
    x[_index([1], "cuda:0")] = 7
    assert x.tolist() == [0.0, 7.0, 2.0]


def test_written_elements_lie_where_the_tensor_lies() -> None:
    """A value with dimensions from another device is refused behind an index tensor, and a 0-d one is not."""
    x = _tensor((3,), "cuda:0")

    with pytest.raises(RuntimeError, match="same device"):
        x[_index([0])] = _tensor((1,))
    x[_index([0])] = _tensor(())
    assert x.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("function", ["add", "mul", "mm", "matmul"])
def test_a_result_is_written_where_it_lies(function: str) -> None:
    """`out=` on another device is refused with its values kept, with room or empty; on the same one it is written."""
    x, out, empty = _tensor((2, 2), "cuda:0"), _tensor((2, 2)), _tensor((0,))

    for target in (out, empty):
        with pytest.raises(RuntimeError, match="same device"):
            getattr(torch, function)(x, x, out=target)
    assert (out.tolist(), empty.shape) == ([[0.0, 1.0], [2.0, 3.0]], (0,))
    assert (
        getattr(torch, function)(x, x, out=_tensor((2, 2), "cuda:0")).tolist()
        == getattr(torch, function)(x, x).tolist()
    )


def test_products_of_vectors_and_stacks() -> None:
    """`dot` takes two vectors, `mv` a matrix and a vector, `stack` tensors of one shape; each on one device."""
    x, y, matrix = _tensor((3,)), _tensor((3,)) + 1, _tensor((2, 3))

    assert (torch.dot(x, y).item(), x.dot(y).item()) == (8.0, 8.0)
    assert torch.mv(matrix, y).tolist() == matrix.mv(y).tolist() == [8.0, 26.0]
    assert torch.stack([x, y], -1).tolist() == [[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]
    for refused in (
        lambda: torch.dot(matrix, matrix), lambda: torch.mv(x, y), lambda: torch.dot(x, _tensor((3,), "cuda:0")),
        lambda: torch.stack([x, _tensor((3,), "cuda:0")]), lambda: torch.mv(matrix, _tensor((3,), "cuda:0")),
    ):  # fmt: skip
        with pytest.raises(RuntimeError):
            refused()


def test_cuda_takes_an_index() -> None:
    """Tensor.cuda: the destination may be named by its index alone."""
    x = _tensor((2,))

    assert [str(x.cuda(*named).device) for named in ((), (1,), ("cuda:1", True))] == ["cuda:0", "cuda:1", "cuda:1"]
