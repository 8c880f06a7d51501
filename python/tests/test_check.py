"""`python -m abacus_rewards check` against real servers, as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import serving


def check(*arguments: str) -> tuple[int, list[str]]:
    """The exit code, and the lines that were printed."""
    command = [sys.executable, "-m", "abacus_rewards", "check", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.stderr == ""
    return run.returncode, run.stdout.splitlines()


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a key and a chat template."""
    template: Path = tmp_path_factory.mktemp("chat") / "template.jinja"
    template.write_text("{% for message in messages %}{{ message['content'] }}\n{% endfor %}")
    with serving("--api-key", "secret", "--chat-template", str(template)) as address:
        yield address


def test_a_server_without_key_and_template(server: str) -> None:
    code, lines = check(server)
    assert code == 0
    assert len(lines) <= 10, "one screen"
    assert all(len(line) <= 400 for line in lines)
    told = "\n".join(lines)
    assert "movie-reward" in told
    assert "none: send prompts as text, not as messages" in told
    assert lines[-1] == "A trainer can use this server."


def test_a_server_with_a_key(keyed: str) -> None:
    code, lines = check(keyed, "--key", "secret")
    assert code == 0, lines
    assert any("messages score" in line for line in lines)


@pytest.mark.parametrize("key", [[], ["--key", "another"]])
def test_a_wrong_key(keyed: str, key: list[str]) -> None:
    code, lines = check(keyed, *key)
    assert code == 1
    assert "unauthorized" in lines[-2]
    assert lines[-1] == "A trainer cannot use this server."


def test_a_model_that_is_not_there(server: str) -> None:
    code, lines = check(server, "--model", "other", "--json")
    assert code == 1
    told = json.loads(lines[0])
    assert told["findings"][-1]["details"] == {"kind": "unknown_model"}
    assert "received movie-reward" in told["findings"][-1]["summary"]


def test_no_server_at_all() -> None:
    code, lines = check("http://127.0.0.1:9", "--timeout", "2")
    assert code == 1
    assert lines[0].startswith("NO")
