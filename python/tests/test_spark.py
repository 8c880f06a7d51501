"""Spark on one machine, by the page of many machines."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyspark", reason="Spark is not installed")
if shutil.which("java") is None:
    pytest.skip("there is no Java for Spark", allow_module_level=True)

from pages import run, run_shown, shown
from test_scale import ROWS, assert_scores, rows_of


@pytest.mark.slow
def test_spark_scores_the_rows_of_the_page(server: str, tmp_path: Path) -> None:
    rows = tmp_path / "rows.py"
    rows.write_text(shown("scale.md", "python", 0))
    run([sys.executable, str(rows)], tmp_path)
    places = {"ROWS": str(tmp_path / "rows"), "SCORED": str(tmp_path / "scored")}
    workers = {"PYSPARK_PYTHON": sys.executable}  # else the first python3 of PATH
    run_shown("scale.md", tmp_path, which=3, ABACUS_URLS=server, **places, **workers)
    scored = rows_of(tmp_path / "scored")
    assert [row["id"] for row in scored] == list(range(ROWS))
    assert_scores(scored, server)
