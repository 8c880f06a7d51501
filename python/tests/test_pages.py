"""The files that docs/trainers shows, run as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "trainers"


def shown_file(page: str) -> str:
    """The first Python file of a page."""
    found = re.search(r"```python\n(.*?)```", (PAGES / page).read_text(), re.S)
    assert found is not None
    return found[1]


def run_shown(page: str, folder: Path, **environment: str) -> str:
    """Runs the file of a page from the root of the repository; its output."""
    script = folder / "shown.py"
    script.write_text(shown_file(page))
    run = subprocess.run(
        [sys.executable, str(script)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python"), **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return run.stdout


@pytest.mark.slow
def test_the_page_of_trl(server: str, tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="TRL is not installed")
    told = run_shown("trl.md", tmp_path, ABACUS_URL=server, STEPS="3", CUDA_VISIBLE_DEVICES="")
    assert told.count("'rewards/abacus/mean'") == 3
