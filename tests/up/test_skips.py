"""A skip is counted; in CI it is a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_in_ci_a_skip_is_a_failure_with_its_reason(tmp_path: Path, ci: str, code: int) -> None:
    (tmp_path / "test_one.py").write_text("import pytest\ndef test_it(): pytest.skip('no Chromium here')\n")
    alone = ["-p", "no:django", "-p", "tongqu.up.trial", "-c", "/dev/null", "--rootdir", str(tmp_path)]
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *alone, str(tmp_path)],
        env=dict(os.environ, CI=ci),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == code, answer.stdout
    assert ("1 skipped, which in CI is a failure" in answer.stdout) == bool(code)
    assert ("no Chromium here" in answer.stdout) == bool(code)
