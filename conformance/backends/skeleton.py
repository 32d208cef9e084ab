"""NAME as a backend of the conformance suite: `conformance run --backend NAME_backend:NameBackend`.

A first form that runs as it stands, with NumPy in the place of your library. Go from top to bottom and put your library's
own in; `conformance/backends/README.md` of the suite follows one adapter from nothing to a row of the scoreboard.
"""

from __future__ import annotations

from typing import Any

# 1. Your library in the place of NumPy, and the type of its arrays or tensors.
import numpy as library

from conformance.backends.protocol import Device
from conformance.backends.shaped import Adapter, Entry, Size, unfilled

ARRAYS: tuple[type, ...] = (library.ndarray, library.generic)

# 2. Its dtypes by PyTorch's names. What it has not goes into `lacks` below.
DTYPES = {name: library.dtype(name) for name in ("bool", "int32", "int64", "float32", "float64")}


def _tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    del device
    return library.array(data, dtype=dtype)


class NameBackend(Adapter):
    """What NAME's own functions do under PyTorch's names."""

    name = "NAME"
    version = library.__version__
    arrays = ARRAYS
    constants = DTYPES

    # 3. Which of its functions stands behind which name of PyTorch's. An entry renames and reorders, and no more: no cast,
    #    copy, check or error that the library does not make. What it does beyond that is said in words beside it.
    functions = {
        "tensor": Entry(_tensor, "drops `device`, since there is one"),
        "add": Entry(library.add),
    }
    methods = {
        "add": Entry(library.add),
        "tolist": Entry(lambda x: x.tolist()),
        "item": Entry(lambda x: x.item()),
        "dim": Entry(lambda x: x.ndim),
    }
    properties = {
        "shape": Entry(lambda x: Size(x.shape), "calls the tuple a size"),
        "dtype": Entry(lambda x: x.dtype),
        "ndim": Entry(lambda x: x.ndim),
    }

    # 4. What it has not, each with the sentence that says why: `python -m conformance list words` shows the words. Names that
    #    are not filled in yet are added below, so that a run says which of them most of the clauses wait for.
    lacks = {
        **dict.fromkeys(
            ("uint8", "int8", "int16", "float16", "bfloat16", "complex64", "complex128"),
            "not filled in yet: its dtypes",
        ),
        "gradients": "not filled in yet: it records none",
        "printed-form": "it prints in a form of its own",
        **unfilled(functions, methods, properties),
    }
    # 5. Exceptions that mean the same as one of PyTorch's: the library's, then PyTorch's.
    errors = {"ValueError": "RuntimeError"}

    # 6. How a program of your library's own says it, so that reproducers need your library alone.
    spelled_dtype = "library.dtype('{dtype}')"
    spelled_tensor = "library.array({values}, dtype={dtype})"
    spelled_kind = "ARRAYS"

    # 7. How a tensor is made of an array, and how its elements are brought back, bit for bit, in one transfer.
    def make_tensor(self, array: Any, dtype: str, device: Device) -> Any:
        """Make a dense tensor of a NumPy array of the same shape and dtype."""
        del device
        return self.tensor(library.array(array, dtype=DTYPES[dtype]))

    def bring(self, held: Any) -> Any:
        """Give a NumPy array with the elements of one of the library's."""
        return library.asarray(held)

    def dtype_name(self, dtype: Any) -> str | None:
        """Give PyTorch's name of a dtype of the library's; None for whatever is none."""
        return next((name for name, one in DTYPES.items() if isinstance(dtype, library.dtype) and one == dtype), None)
