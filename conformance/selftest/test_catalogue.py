"""The catalogue: what a clause must have, and what collection refuses."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from conformance import catalogue, documents
from conformance.problems import UsageProblem

GOOD = catalogue.find("aliasing.base-write-seen-in-view")


def _complaints(*clauses: catalogue.Clause) -> list[str]:
    used = {name for clause in clauses for name in clause.case_ids}
    return list(catalogue.complaints(list(clauses), {name: documents.cases()[name] for name in used}))


def test_the_catalogue_as_it_is_has_no_complaint() -> None:
    """The suite's own clauses keep the rules of the catalogue."""
    assert len(catalogue.load()) > 70


def test_each_row_of_the_documents_has_a_documented_clause() -> None:
    """Each topic that the documents show has clauses of level `documented`."""
    topics = {clause.id.partition(".")[0] for clause in catalogue.load() if clause.level == "documented"}

    assert topics == {topic.replace("_", "-") for topic in catalogue.TOPICS}


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"id": "BaseWrite"}, "must be `aliasing.`"),
        ({"id": "shapes.base-write"}, "must be `aliasing.`"),
        ({"sentence": ""}, "needs a docstring"),
        ({"case_ids": ()}, "has no case"),
        ({"requires": ("aliasing.nosuch",)}, "requires 'aliasing.nosuch', which does not exist"),
        ({"level": "general"}, "must name its source"),
        ({"versions": ">=2"}, "must name its source"),
        ({"case_ids": ("cuda-flags",)}, "has no case there"),
    ],
)
def test_an_incomplete_clause_is_refused(changed: dict[str, Any], complaint: str) -> None:
    """Each rule of clauses has one that breaks it, and is refused with that rule."""
    clause = dataclasses.replace(GOOD, **{"requires": (), **changed})

    assert any(complaint in one for one in _complaints(clause))


def test_an_id_used_twice_is_refused() -> None:
    """Two clauses can't have one id."""
    clause = dataclasses.replace(GOOD, requires=())

    assert any("used twice" in one for one in _complaints(clause, clause))


def test_a_fixture_that_no_clause_uses_is_refused() -> None:
    """A document fixture without a clause would never be judged."""
    complaints = list(catalogue.complaints([dataclasses.replace(GOOD, requires=())], documents.cases()))

    assert "the document fixture 'zero-dim' is used by no clause" in complaints


def test_an_unknown_case_is_refused() -> None:
    """A clause can't name a case that no fixture has."""
    with pytest.raises(catalogue.CatalogueError, match="no document fixture has"):
        _ = dataclasses.replace(GOOD, case_ids=("nosuch",)).cases


def test_a_version_condition_compares_release_numbers() -> None:
    """1.13.0a0 counts as 1.13.0."""
    clause = dataclasses.replace(GOOD, versions=">=1.13,<2.0")

    assert clause.holds_for("1.13.0a0+gitunknown")
    assert not clause.holds_for("2.13.0+cpu")


def test_a_pattern_of_another_level_says_which() -> None:
    """A glob that matches only clauses of a higher level says how to run them."""
    with pytest.raises(UsageProblem, match="add --level wording"):
        catalogue.select(("gradients.non-leaf-warning",), "general")
