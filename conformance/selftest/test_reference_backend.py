"""The reference as a backend: without torch, judged by the documents' own outputs, and never by itself."""

from __future__ import annotations

import subprocess
import sys

from conformance.backends.reference import ReferenceBackend
from conformance.selftest.support import judged


def test_the_reference_keeps_every_documented_clause() -> None:
    """Each golden case holds on the reference, and no case that it would judge itself counts."""
    lines = judged(ReferenceBackend())
    verdicts = {line.id: line.verdict for line in lines.values()}

    assert set(verdicts.values()) == {"pass", "not-run"}
    assert all(line.verdict == "pass" for line in lines.values() if line.level == "documented" and line.device == "cpu")
    assert verdicts["promotion.tensors"] == "not-run"


def test_the_reference_imports_no_torch() -> None:
    """Whoever checks PyTorch does so without PyTorch's help."""
    code = (
        "import sys; from conformance.backends import registry; registry.find('reference');"
        "from conformance import catalogue; catalogue.load(); sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
