"""What a node takes in memory does not grow with the source: each stage of loading, measuring and copying is bounded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.node import memory

MB = 1_000_000
LOOKED_UP = ("key index", "blinded index", "codes of arrears", "codes of limit-band", "features")


@pytest.mark.slow
def test_a_source_of_half_a_gigabyte_is_never_in_memory(tmp_path: Path) -> None:
    """Resident memory, anonymous and mapped, above what stands after the imports, at its highest in each stage."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.node.memory", str(tmp_path)],
        cwd=Path(memory.__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    found = json.loads(done.stdout.splitlines()[-1])
    decoded = found.pop("decoded")
    assert decoded > 500 * MB
    over = {stage: size for stage, size in found.items() if size > (200 if stage in LOOKED_UP else 500) * MB}
    assert not over, found
    assert set(LOOKED_UP) < set(found)
