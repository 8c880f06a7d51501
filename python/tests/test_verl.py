"""verl 0.9.1: its worker and its TransferQueue carry the rewards of a running server."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from conftest import ROOT, serving
from pages import shown

pytest.importorskip("verl", reason="verl is not installed")
pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}"
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.jinja"
    path.write_text(TEMPLATE)
    return path


@pytest.fixture(scope="module")
def chat_server(template: Path) -> Iterator[str]:
    with serving("--chat-template", str(template)) as address:
        yield address


def write_policy(folder: Path) -> None:
    """The bundled policy with a chat template."""
    shutil.copytree(ROOT / "models" / "movie-policy", folder)
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "chat_template": TEMPLATE}))


def server_says(server: str, tokenizer: Any, prompt: str, response: list[int]) -> Any:
    """The rewards of a response that is sent by hand, with spans of tokens decoded one by one."""
    text, spans = "", []
    for token in response:
        piece = "" if token == tokenizer.eos_token_id else tokenizer.decode([token])
        spans.append([len(text), len(text) + len(piece)])
        text += piece
    messages = [{"role": "user", "content": prompt}]
    item = {"messages": messages, "completions": [text], "token_spans": [spans]}
    body = {"items": [item], "credit": {"method": "red", "beta": 0.8}}
    reply = httpx.post(f"{server}/v1/rewards", json=body, timeout=60).json()
    return reply["items"][0]["completions"][0]


def test_token_rewards_pass_verl_s_transfer_queue_with_a_stand_in_for_the_language_model(
    chat_server: str, tmp_path: Path
) -> None:
    from transformers import AutoTokenizer

    write_policy(tmp_path / "policy")
    agents = tmp_path / "agents.yaml"
    page = shown("trainers/verl.md", "yaml")
    agents.write_text(page.replace("http://127.0.0.1:8080", chat_server))
    run = subprocess.run(
        [sys.executable, str(HERE / "verl_worker.py"), str(tmp_path / "policy"), str(agents)],
        env={**os.environ, "PYTHONPATH": str(HERE.parent), "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    told = json.loads(run.stdout.strip().splitlines()[-1])
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "policy")
    rows = zip(told["keys"], told["responses"], told["rm_scores"], strict=True)
    for i, (key, response, used) in enumerate(rows):
        expected = server_says(chat_server, tokenizer, told["prompts"][int(key[1])], response)
        assert used == pytest.approx(expected["rewards"], abs=1e-5)
        # What estimators keep: GAE and REINFORCE++ the tokens, GRPO the sum alone.
        to_go = np.cumsum(used[::-1])[::-1]
        for name in ("gae", "reinforce++"):
            assert told["estimates"][name][i][: len(used)] == pytest.approx(to_go, abs=1e-4)
        assert len(set(told["estimates"]["grpo"][i][: len(used)])) == 1


def test_a_custom_reward_function_gives_the_score(chat_server: str) -> None:
    from abacus_rewards.verl import compute_score

    messages = [{"role": "user", "content": "Review the movie."}]
    item = {"messages": messages, "completions": ["A warm film."]}
    reply = httpx.post(f"{chat_server}/v1/rewards", json={"items": [item]}).json()
    asked = compute_score("d", "A warm film.", None, {"prompt": messages}, url=chat_server)
    expected = reply["items"][0]["completions"][0]["score"]
    assert asyncio.run(asked) == pytest.approx(expected, abs=1e-5)
    with pytest.raises(ValueError, match="must hold the prompt"):
        asyncio.run(compute_score("d", "A warm film.", None, {}, url=chat_server))
