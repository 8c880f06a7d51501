"""What docs shows for trainers and for many machines, run as a reader would."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from conftest import ROOT, serving
from pages import DOCS, Block, blocks, shown

HERE = Path(__file__).parent
PAGES = ["scale.md", *(f"trainers/{each.name}" for each in (DOCS / "trainers").glob("*.md"))]

RUN = re.compile(
    r'(?:run_)?shown\(\s*"(?P<page>[\w/.-]+)"(?:,\s*"(?P<language>\w+)")?(?P<others>[^)]*)'
)
"""How a test names a block that it runs."""

NEEDS = re.compile(r'(#|""").*\bneeds ')
"""How a block says, in a comment or at its head, what it needs."""


def runs() -> set[tuple[str, str, int]]:
    """The blocks that tests run: page, language and place."""
    found = set()
    for path in HERE.glob("test_*.py"):
        for match in RUN.finditer(path.read_text()):
            which = re.search(r"which=(\d+)|^,\s*(\d+)\s*$", match["others"])
            place = int(which[1] or which[2]) if which else 0
            found.add((match["page"], match["language"] or "python", place))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_is_run_or_says_what_it_needs(page: str) -> None:
    tested = runs()

    def is_known(block: Block) -> bool:
        is_run = (page, block.language, block.which) in tested
        return is_run or NEEDS.search(block.text) is not None

    unknown = [block.text for block in blocks(page) if not is_known(block)]
    assert not unknown, "say in the block what it needs, or run it in a test"


def test_a_block_that_is_shown_is_found() -> None:
    assert ("trainers/trl.md", "python", 0) in runs()
    assert "TokenRewardGRPOTrainer" in shown("trainers/trl.md")


@pytest.mark.slow
def test_the_file_and_the_command_of_the_page_of_trl(tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="TRL is not installed")
    deno = os.environ.get("ABACUS_DENO") or shutil.which("deno")
    if deno is None:
        pytest.skip("no Deno to start a server with")
    for each in ("deno.json", "deno.lock", "main.ts", "models", "src"):
        (tmp_path / each).symlink_to(ROOT / each)
    (tmp_path / "train.py").write_text(shown("trainers/trl.md"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    paths = [str(Path(deno).parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    environment = {
        **os.environ,
        "PATH": os.pathsep.join(paths),
        "PYTHONPATH": str(ROOT / "python"),
        "ABACUS_PORT": port,
        "ABACUS_URL": f"http://127.0.0.1:{port}",
        "STEPS": "2",
        "CUDA_VISIBLE_DEVICES": "",
    }
    log = tmp_path / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["sh", "-c", shown("trainers/trl.md", "sh", 1)],
            cwd=tmp_path,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,  # so that the server can be ended with it
        )
        try:
            process.wait(300)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
    told = log.read_text()
    assert told.count("'rewards/abacus/mean'") == 2, told[-3000:]


@pytest.mark.slow
def test_the_plugin_of_the_page_of_ms_swift_with_a_stand_in_for_ms_swift(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in: Any = ModuleType("swift.rewards")
    stand_in.ORM, stand_in.orms = object, {}
    monkeypatch.setitem(sys.modules, "swift.rewards", stand_in)
    template = tmp_path / "template.jinja"
    template.write_text("{% for message in messages %}{{ message['content'] }}\n{% endfor %}")
    with serving("--chat-template", str(template)) as server:
        monkeypatch.setenv("ABACUS_URL", server)
        exec(shown("trainers/ms-swift.md"), {})
        question = {"role": "user", "content": "Review it."}
        texts = ["Warm.", "A dull mess."]
        said = [[question, {"role": "assistant", "content": each}] for each in texts]
        scores = stand_in.orms["abacus"]()(texts, messages=said, solution=["", ""])
        body = {"items": [{"messages": [question], "completions": texts}]}
        reply = httpx.post(f"{server}/v1/rewards", json=body, timeout=60).json()
    expected = [each["score"] for each in reply["items"][0]["completions"]]
    assert scores == pytest.approx(expected, abs=1e-5)
