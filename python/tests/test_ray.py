"""Ray Data on one machine: two actors with a server each, one of which is killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="Ray is not installed")
pa = pytest.importorskip("pyarrow")

import pyarrow.parquet as pq  # noqa: E402
from conftest import ROOT  # noqa: E402
from gate import Gate  # noqa: E402

from abacus_rewards import RewardClient  # noqa: E402
from abacus_rewards.ray import AbacusActor  # noqa: E402
from abacus_rewards.server_process import ServerProcess  # noqa: E402

WORDS = ("warm", "funny", "dull", "moving", "lifeless")


def command() -> list[str]:
    deno = os.environ.get("ABACUS_DENO") or shutil.which("deno")
    if deno is None:
        pytest.skip("no Deno to start a server with")
    return [deno, "run", "-A", "--no-check", str(ROOT / "main.ts"), "serve", "--threads", "1"]


def table(rows: int) -> Any:
    prompts = ["The movie was", "The acting was"]
    return pa.table(
        {
            "id": list(range(rows)),
            "prompt": [prompts[i % 2] for i in range(rows)],
            "completion": [f" {WORDS[i % 5]} and {WORDS[i * i % 5]} {i}." for i in range(rows)],
        }
    )


def test_rows_keep_their_order_and_a_refused_one_has_its_error(server: str) -> None:
    rows = table(6).to_pylist()
    rows[3]["completion"] = " word" * 5_000
    scored = AbacusActor(urls=[server])(pa.Table.from_pylist(rows)).to_pylist()
    assert [each["id"] for each in scored] == list(range(6))
    assert [each["error"] is None for each in scored] == [True, True, True, False, True, True]
    assert scored[3]["score"] is None
    assert "at most 512 tokens" in scored[3]["error"]
    with RewardClient(server) as client:
        for row in scored[:3]:
            item: Any = {"prompt": row["prompt"], "completions": [row["completion"]]}
            (alone,) = client.score([item]).items[0].completions
            assert row["score"] == pytest.approx(alone.score, abs=1e-5)
            assert row["rewards"] == pytest.approx(alone.rewards.tolist(), abs=1e-5)
            assert len(row["offsets"]) == len(row["rewards"])


def test_rows_of_a_prompt_are_sent_together(server: str) -> None:
    with Gate(server) as gate:
        AbacusActor(urls=[gate.url])(table(6))
    sent = [(item["prompt"], len(item["completions"])) for item in gate.items]
    assert sent == [("The movie was", 3), ("The acting was", 3)]


def test_either_a_command_or_addresses_must_be_given() -> None:
    with pytest.raises(ValueError, match="either a command or urls"):
        AbacusActor()


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(RuntimeError, match="must listen"):
        ServerProcess([*command(), "--no-such-flag"])


def test_a_parent_that_is_killed_leaves_no_server(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, signal, sys\n"
        "from abacus_rewards.server_process import ServerProcess\n"
        "server = ServerProcess(sys.argv[1:])\n"
        "print(server._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = subprocess.run(
        [sys.executable, str(script), *command()],
        env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == -9, run.stderr
    assert is_gone(int(run.stdout))


def is_gone(pid: int) -> bool:
    for _ in range(300):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


class ServerKilledOnce(AbacusActor):
    """Its server is killed when the first batch is about to be sent."""

    killed: int | None = None

    def _outcomes(self, *args: Any) -> Any:
        if self.killed is None:
            assert self._server is not None
            self.killed = self._server._process.pid
            self._server._process.kill()
        return super()._outcomes(*args)


@pytest.mark.slow
def test_an_actor_whose_server_is_killed_starts_another_and_loses_no_row() -> None:
    actor = ServerKilledOnce(command=command())
    scored = actor(table(6)).to_pylist()
    assert [row["error"] for row in scored] == [None] * 6
    assert actor._server is not None
    assert actor._server._process.pid != actor.killed
    actor._server.stop()


class KilledOnce(AbacusActor):
    """The first actor that gets a second batch is killed; all of them tell their servers."""

    def __init__(self, *, folder: str, **others: Any) -> None:
        super().__init__(**others)
        self.folder, self.batches = Path(folder), 0
        assert self._server is not None
        (self.folder / f"server-{self._server._process.pid}").touch()

    def __call__(self, batch: Any) -> Any:
        self.batches += 1
        if self.batches == 2:
            try:
                (self.folder / "killed").touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                os._exit(9)
        return super().__call__(batch)


@pytest.mark.slow
def test_two_actors_score_parquet_though_one_is_killed(tmp_path: Path) -> None:
    import ray

    (tmp_path / "in").mkdir()
    (tmp_path / "notes").mkdir()
    for start in range(0, 400, 50):
        pq.write_table(table(400).slice(start, 50), tmp_path / "in" / f"{start}.parquet")
    paths = os.pathsep.join([str(ROOT / "python"), str(Path(__file__).parent)])
    ray.init(
        num_cpus=8,
        include_dashboard=False,
        logging_level="ERROR",
        runtime_env={"env_vars": {"PYTHONPATH": paths}},
    )
    try:
        rows = ray.data.read_parquet(str(tmp_path / "in"), override_num_blocks=8)
        scored = rows.map_batches(
            KilledOnce,
            batch_size=50,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=2),
            fn_constructor_kwargs={
                "folder": str(tmp_path / "notes"),
                "command": command(),
                "credit": {"method": "red"},
            },
        )
        scored.write_parquet(str(tmp_path / "out"))
    finally:
        ray.shutdown()
    told = sorted(pq.read_table(tmp_path / "out").to_pylist(), key=lambda row: row["id"])
    assert [row["id"] for row in told] == list(range(400))
    assert all(row["error"] is None and len(row["rewards"]) > 3 for row in told)
    assert {name: told[7][name] for name in ("prompt", "completion")} == {
        name: table(400).to_pylist()[7][name] for name in ("prompt", "completion")
    }
    notes = sorted(each.name for each in (tmp_path / "notes").iterdir())
    assert notes[0] == "killed"
    assert len(notes) >= 4, "two servers, and that of the actor that took the place of the killed"
    assert all(is_gone(int(name.removeprefix("server-"))) for name in notes[1:])
