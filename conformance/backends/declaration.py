"""What a library may declare that it has not: the words for it, and whether a declaration uses them.

A case that needs what is declared away is `unsupported`, in the declaration's own sentence. Nothing else is: what a library
claims and has not is a failure. Words are the names of dtypes, those of `WORDS`, the names that programs use
(`torch.stack`, `.mT`), and those of arguments (`alpha=`); a pattern (`torch.set_*`) stands for all that it matches.
"""

from __future__ import annotations

import difflib
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from conformance.backends.names import NAMES
from conformance.dtypes import DTYPES
from conformance.reference.tracing import SHARING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What a case may need of a library, beside dtypes and names.
WORDS: dict[str, str] = {
    "in-place": "a tensor is written: x[0] = 1, x += y, x.add_(y), out=",
    "gradients": "a tensor collects a gradient, or a history is recorded",
    "printed-form": "the printed form of a result is PyTorch's",
    "bounds": "an index that is out of range is refused",
    "strides": "a tensor has strides of its own",
    "slices": "parts of a tensor are taken by slices and the like (inputs are laid out by them too)",
    "generator": "random numbers come from a generator that is passed",
    "integer-matmul": "matrices of integers are multiplied",
    "half-matmul": "matrices of float16 are multiplied",
    "bfloat16-matmul": "products of bfloat16 are added up in float32",
    "non-blocking-to-the-cpu": "a transfer to the CPU does not block",
    **{f"aliasing.{name}": f"a write is seen through what {name} gave" for name in SHARING},
}
# The arguments that programs name, each with its sign of equality.
KEYWORDS = frozenset(word for signature in NAMES.values() for word in re.findall(r"\w+=", signature))


class DeclarationError(Exception):
    """A declaration uses a word that does not exist: the message says which is near."""


def key_of(word: str, lacks: Mapping[str, str]) -> str:
    """Give the word or pattern by which a word is declared away; empty where it is not."""
    if word in lacks:
        return word
    return next((pattern for pattern in lacks if fnmatchcase(word, pattern)), "")


def reason(word: str, lacks: Mapping[str, str]) -> str:
    """Give the sentence in which a word is declared away; empty where it is not."""
    return lacks.get(key_of(word, lacks), "")


def check(name: str, lacks: Mapping[str, str]) -> None:
    """See that a declaration uses words that exist, and says why.

    Raises:
        DeclarationError: it does not.
    """
    for complaint in _complaints(lacks):
        raise DeclarationError(f"backend {name!r} {complaint}")


def _complaints(lacks: Mapping[str, str]) -> Iterator[str]:
    known = (*DTYPES, *WORDS, *NAMES, *KEYWORDS)
    for word, sentence in lacks.items():
        if not any(fnmatchcase(one, word) for one in known):
            near = difflib.get_close_matches(word, known, 3)
            hint = f"; near it: {', '.join(near)}" if near else ""
            yield f"declares that it lacks {word!r}, which is no word of the protocol{hint}"
        if not str(sentence).strip():
            yield f"declares that it lacks {word!r}, and does not say why"
