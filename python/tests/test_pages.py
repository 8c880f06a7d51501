"""The files that docs shows, run as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def run_shown(page: str, folder: Path, *, which: int = 0, **environment: str) -> str:
    """Runs a Python file that a page shows from the root of the repository; its output."""
    shown = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.S)
    script = folder / "shown.py"
    script.write_text(shown[which])
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
    told = run_shown(
        "trainers/trl.md", tmp_path, ABACUS_URL=server, STEPS="3", CUDA_VISIBLE_DEVICES=""
    )
    assert told.count("'rewards/abacus/mean'") == 3
