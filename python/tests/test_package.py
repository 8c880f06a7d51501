"""What is packed into the wheel, and what its pages show, beside the code."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import ROOT
from pages import run, shown

PACKAGE = ROOT / "python"

GIVEN = """
from collections.abc import Sequence
from abacus_rewards import RewardClient
from abacus_rewards.align import PolicyTokenizer

tokenizer: PolicyTokenizer
prompt: str
prompt_ids: Sequence[int]
completion_ids: Sequence[int]
"""


def test_the_licence_is_the_repository_s_and_goes_into_the_wheel() -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no tomllib")
    assert (PACKAGE / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    assert project["license-files"] == ["LICENSE"]


def test_the_item_of_the_page_has_the_types_that_score_takes(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    page = tmp_path / "page.py"
    ask = 'RewardClient("http://127.0.0.1:8080").score([item])\n'
    page.write_text(GIVEN + shown("python.md", "python", 1) + ask)
    run([sys.executable, "-m", "mypy", "--strict", str(page)], PACKAGE)
