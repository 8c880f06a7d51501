"""The page of many machines, run as a reader would: to the end, and stopped and run again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="Ray is not installed")
pytest.importorskip("aiohttp", reason="aiohttp is not installed")

import pyarrow.parquet as pq
from conftest import ROOT
from gate import Gate
from pages import run_shown, shown

from abacus_rewards import RewardClient

ROWS = 1_024
BLOCK = 256


@pytest.mark.slow
def test_the_files_and_the_command_of_the_page(server: str, tmp_path: Path) -> None:
    checkout(tmp_path)
    told = run_command(tmp_path)
    scored = rows_of(tmp_path / "scored")
    assert [row["id"] for row in scored] == list(range(ROWS))
    assert "'rewards': [" in told
    assert_scores(scored, server)
    wait_until(lambda: not processes_in(tmp_path), "a server is left")

    places = {"ROWS": str(tmp_path / "rows"), "SCORED": str(tmp_path / "plain")}
    run_shown("scale.md", tmp_path, which=2, ABACUS_URL=server, **places)
    plain = rows_of(tmp_path / "plain")
    assert [row["id"] for row in plain] == list(range(ROWS))
    assert_scores(plain, server)


@pytest.mark.slow
def test_a_job_that_is_stopped_goes_on_with_the_rows_that_were_not_written(
    server: str, tmp_path: Path
) -> None:
    checkout(tmp_path)
    with Gate(server, most=2 * BLOCK) as gate, (tmp_path / "log").open("w") as log:
        job = subprocess.Popen(
            ["sh", "-c", shown("scale.md", "sh", 1)],
            cwd=tmp_path,
            env=environment(ABACUS_URLS=gate.url),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            wait_until(lambda: gate.is_holding.is_set() and committed(tmp_path), "nothing written")
        finally:
            os.killpg(job.pid, signal.SIGKILL)
            job.wait()
        wait_until(lambda: not processes_in(tmp_path), "a process of Ray is left")
        written = committed(tmp_path)
        assert len(written) < ROWS
        gate.open()
        before = len(gate.items)
        run_command(tmp_path, ABACUS_URLS=gate.url)
        again = [text for item in gate.items[before:] for text in item["completions"]]
    scored = rows_of(tmp_path / "scored")
    assert [row["id"] for row in scored] == list(range(ROWS)), "every row is there, and once"
    asked = sorted(row["completion"] for row in scored if row["id"] not in written)
    assert sorted(again) == asked, "those that were written are not asked for again"
    assert_scores(scored, server)


def checkout(folder: Path) -> None:
    """What a reader has: a checkout of Abacus, with the page's files in it."""
    for each in ("deno.json", "deno.lock", "main.ts", "models", "src"):
        (folder / each).symlink_to(ROOT / each)
    (folder / "rows.py").write_text(shown("scale.md", "python", 0))
    (folder / "score.py").write_text(shown("scale.md", "python", 1))


def run_command(folder: Path, **others: str) -> str:
    """What the page's command prints."""
    ran = subprocess.run(
        ["sh", "-c", shown("scale.md", "sh", 1)],
        cwd=folder,
        env=environment(**others),
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout


def environment(**others: str) -> dict[str, str]:
    deno = os.environ.get("ABACUS_DENO") or shutil.which("deno")
    if deno is None:
        pytest.skip("no Deno to start a server with")
    paths = [str(Path(deno).parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    own = {
        "PATH": os.pathsep.join(paths),
        "PYTHONPATH": str(ROOT / "python"),
        "RAY_worker_niceness": "0",  # a busy machine would starve its workers
    }
    return {**os.environ, **own, **others}


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return sorted(pq.read_table(folder).to_pylist(), key=lambda row: row["id"])


def committed(folder: Path) -> set[int]:
    """The ids that Ray's checkpoints say were written."""
    files = [each for each in (folder / "done").glob("*.parquet") if ".pending" not in each.name]
    return {row["id"] for each in files for row in pq.read_table(each).to_pylist()}


def assert_scores(rows: list[dict[str, Any]], server: str) -> None:
    """Each row's rewards are those that the server gives its own completion."""
    texts = [row["completion"] for row in rows]
    assert len(set(texts)) == len(texts), "equal texts prove nothing"
    items: list[Any] = [
        {"prompt": row["prompt"], "completions": [row["completion"]]} for row in rows
    ]
    with RewardClient(server) as client:
        scored = client.score(items, credit={"method": "red"}).items
    for row, item in zip(rows, scored, strict=True):
        (alone,) = item.completions
        assert row.get("error") is None
        assert row["score"] == pytest.approx(alone.score, abs=1e-5)
        assert row["rewards"] == pytest.approx(alone.rewards.tolist(), abs=1e-5)


def processes_in(folder: Path) -> list[int]:
    """Processes that were started in a folder and have not ended."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == folder.resolve():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def wait_until(is_so: Callable[[], object], otherwise: str) -> None:
    for _ in range(1_800):
        if is_so():
            return
        time.sleep(0.1)
    raise TimeoutError(otherwise)
