"""The blocks of code that pages show, and how a test runs them as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conftest import ROOT

DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes:
        page: its path beneath docs.
        language: `python`, `sh` or `yaml`.
        which: its place among the page's blocks of that language.
        text: what stands in it.
    """

    page: str
    language: str
    which: int
    text: str


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page, in order; plain text and output of programs are none."""
    counts: dict[str, int] = {}
    for language, text in re.findall(
        r"^```(\w+)\n(.*?)^```", (DOCS / page).read_text(), re.S | re.M
    ):
        which = counts.get(language, 0)
        counts[language] = which + 1
        yield Block(page, language, which, text)


def shown(page: str, language: str = "python", which: int = 0) -> str:
    """The text of a block."""
    return next(
        each.text for each in blocks(page) if (each.language, each.which) == (language, which)
    )


def run_shown(page: str, folder: Path, *, which: int = 0, **environment: str) -> str:
    """Runs a Python file that a page shows from the root of the repository; its output."""
    script = folder / "shown.py"
    script.write_text(shown(page, "python", which))
    return run([sys.executable, str(script)], ROOT, **environment)


def run(command: list[str], folder: Path, **environment: str) -> str:
    """The output of a command that must succeed."""
    ran = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python"), **environment},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout
