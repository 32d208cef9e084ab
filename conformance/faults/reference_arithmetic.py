"""Faults of the reference as a backend: promotion, rounding, casts, products, reductions and `cat`."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from conformance.dtypes import kind_of, numpy_dtype
from conformance.faults.planting import fault

_ARITHMETIC, _MATRIX = "conformance.reference.arithmetic", 2


@fault(
    "uint8-with-int8-is-int8",
    "conformance.reference.promotion._within",
    clauses=("promotion.tensors",),
    shows="dtype",
)
def _unsigned(within: Any, one: str, other: str) -> str:
    """Promote uint8 and a signed dtype to the signed one, though it can't hold 255."""
    pair = {one, other}
    return "int8" if pair == {"uint8", "int8"} else str(within(one, other))


@fault("true-counts-as-an-integer", f"{_ARITHMETIC}.number_dtype", clauses=("promotion.numbers",), shows="dtype")
def _integer(number_dtype: Any, number: complex) -> str:
    """Take Python's True and False for ints."""
    return "int64" if isinstance(number, bool) else str(number_dtype(number))


@fault("float16-results-are-cut-off", f"{_ARITHMETIC}._rounded", clauses=("arithmetic.rounding",))
def _cut_off(rounded: Any, operation: str, left: Any, right: Any, dtype: str, sides: Any) -> Any:
    """Round results of float16 toward zero."""
    results = rounded(operation, left, right, dtype, sides)
    if dtype != "float16":
        return results
    with np.errstate(all="ignore"):
        exact = np.asarray(
            {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide}[operation](left, right)
        )
        away = np.abs(results[0].astype(np.float64)) > np.abs(exact.astype(np.float64))
        return [np.where(away & np.isfinite(exact), np.nextafter(results[0], np.float16(0)), results[0])]


@fault(
    "fractions-are-rounded-into-integers",
    "conformance.reference.casts._convert",
    clauses=("promotion.casts", "promotion.truncation"),
)
def _rounding(convert: Any, array: Any, source: str, target: str) -> Any:
    """Round a float to the nearest integer where it becomes one."""
    whole = kind_of(target) == "integer" and kind_of(source) == "float"
    with np.errstate(invalid="ignore"):
        return convert(np.rint(array) if whole else array, source, target)


@fault(
    "products-of-float32-keep-eight-bits",
    "conformance.reference.products._wide",
    clauses=("products.accuracy",),
    origin="https://github.com/jax-ml/jax/issues/1856",
)
def _eight_bits(wide: Any, tensor: Any) -> Any:
    """Round the factors of a float32 product to bfloat16."""
    array = wide(tensor)
    return array.astype(numpy_dtype("bfloat16")).astype(np.float64) if tensor.dtype == "float32" else array


@fault(
    "last-of-several-largest",
    "conformance.reference.reductions._first_largest",
    clauses=("reductions.first-largest", "reductions.largest-of-many"),
    origin="https://github.com/pytorch/pytorch/issues/41998",
)
def _last_largest(first: Any, array: Any, place: int) -> Any:
    """Give the last of several largest elements."""
    return array.shape[place] - 1 - first(np.flip(array, place), place)


@fault("mean-divides-by-one-less", "conformance.reference.reductions.mean", clauses=("reductions.means",))
def _one_less(mean: Any, tensor: Any, *args: Any, **kwargs: Any) -> Any:
    """Divide the sum of several elements by one less than their number."""
    result = mean(tensor, *args, **kwargs)
    number = tensor.numel() // max(result.numel(), 1)
    if number > 1:
        with np.errstate(all="ignore"):
            result.array()[...] = result.array() * number / (number - 1)
    return result


@fault(
    "cat-takes-the-last-dim-for-the-first",
    "conformance.reference.joining.cat",
    clauses=("shapes.cat",),
    shows="shape",
    origin="https://github.com/torch-spyre/torch-spyre/issues/1719",
)
def _first_dim(cat: Any, tensors: Any, dim: int = 0) -> Any:
    """Join matrices of one shape along the first dimension where -1 is asked for."""
    alike = {one.shape for one in tensors}
    return cat(tensors, 0 if dim == -1 and len(alike) == 1 and tensors[0].ndim == _MATRIX else dim)


@fault(
    "truth-of-a-complex-number-ends-the-process",
    "conformance.reference.casts._convert",
    clauses=("promotion.complex-to-bool",),
    shows="crash",
)
def _aborted(convert: Any, array: Any, source: str, target: str) -> Any:
    """Abort where complex numbers are cast to bool."""
    if target == "bool" and kind_of(source) == "complex":
        os.abort()
    return convert(array, source, target)
