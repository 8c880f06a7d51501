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
from gate import Gate
from pages import shown

from abacus_rewards.advantages import token_advantages
from abacus_rewards.scorers import PROBE

pytest.importorskip("verl", reason="verl is not installed")
tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no tomllib")
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


def installed(folder: Path) -> str:
    """A path to import from, with the package and its entry points as pip would write them."""
    told = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"]
    metadata = folder / "abacus_rewards-0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: abacus-rewards\nVersion: 0\n")
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in named.items())
        for group, named in told["entry-points"].items()
    ]
    (metadata / "entry_points.txt").write_text("".join(lines))
    return os.pathsep.join([str(HERE.parent), str(folder)])


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
        env={**os.environ, "PYTHONPATH": installed(tmp_path / "lib"), "CUDA_VISIBLE_DEVICES": ""},
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
    for group in (slice(0, 2), slice(2, 4)):
        rewards, grpo = told["rm_scores"][group], told["estimates"]["grpo"][group]
        expected = token_advantages(rewards, 2, scale_by_deviation=True)
        sizes = [0.0, 0.0]
        for paid, own, ours in zip(told["advantages"][group], grpo, expected, strict=True):
            # The deviation's floor is 1e-6 there and 1e-4 here.
            assert paid[: len(ours)] == pytest.approx(ours.tolist(), rel=1e-3, abs=1e-3)
            assert not any(paid[len(ours) :])
            sizes = [
                size + float(np.mean(np.square(row[: len(ours)])))
                for size, row in zip(sizes, (paid, own), strict=True)
            ]
        assert sizes[0] == pytest.approx(sizes[1], rel=1e-4), "as large as GRPO's own"


@pytest.fixture
def one_turn(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A tokenizer; loops of one turn have it and say the same words, with no language model."""
    from transformers import AutoTokenizer
    from verl.experimental.agent_loop import agent_loop, single_turn_agent_loop

    tokenizer = AutoTokenizer.from_pretrained(ROOT / "models" / "movie-policy")
    ids = tokenizer.encode(" a warm, funny film.", add_special_tokens=False)

    def begin(self: Any, *, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    async def run(self: Any, sampling_params: Any, **others: Any) -> Any:
        return agent_loop.AgentLoopOutput(
            prompt_ids=tokenizer.encode("The movie was"),
            response_ids=ids,
            response_mask=[1] * len(ids),
            num_turns=2,
            metrics={},
            extra_fields={},
        )

    monkeypatch.setattr(single_turn_agent_loop.SingleTurnAgentLoop, "__init__", begin)
    monkeypatch.setattr(single_turn_agent_loop.SingleTurnAgentLoop, "run", run)
    return tokenizer


async def trajectories(agent: dict[str, Any], tokenizer: Any, count: int) -> list[Any]:
    """As verl's worker makes them: hydra makes a loop for each from the entry of agents.yaml."""
    import hydra
    from omegaconf import OmegaConf

    entry = OmegaConf.create({"_target_": "abacus_rewards.verl.AbacusAgentLoop", **agent})
    loops = [hydra.utils.instantiate(config=entry, tokenizer=tokenizer) for _ in range(count)]
    messages = [{"role": "user", "content": "Review the movie."}]
    return list(await asyncio.gather(*(each.run({}, raw_prompt=messages) for each in loops)))


def test_nested_credit_of_the_file_is_sent(chat_server: str, one_turn: Any) -> None:
    credit = {"method": "red", "unit": {"window": 4}}
    agent = {"url": chat_server, "credit": credit}
    (paid,) = asyncio.run(trajectories(agent, one_turn, 1))
    messages = [{"role": "user", "content": "Review the movie."}]
    item = {"messages": messages, "completions": [" a warm, funny film."]}
    body = {"items": [item], "credit": credit}
    reply = httpx.post(f"{chat_server}/v1/rewards", json=body, timeout=60).json()
    rewards = reply["items"][0]["completions"][0]["rewards"]
    assert paid.token_rewards == pytest.approx(rewards, abs=1e-5)


def test_the_tokenizers_are_compared_once_for_all_trajectories(
    chat_server: str, one_turn: Any
) -> None:
    with Gate(chat_server) as gate:
        agent = {"url": gate.url, "ids": True, "credit": {"method": "red"}}
        first = asyncio.run(trajectories(agent, one_turn, 8))
        second = asyncio.run(trajectories(agent, one_turn, 8))
    assert len({tuple(each.token_rewards) for each in first + second}) == 1
    texts = [item["completions"] for item in gate.items if "completions" in item]
    assert texts == [[PROBE]]
    assert len(gate.items) == 17


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


def test_the_estimator_counts_deviations_as_verl_s_grpo_does(tmp_path: Path) -> None:
    program = """
import numpy as np, torch
from verl.trainer.ppo.core_algos import compute_grpo_outcome_advantage, get_adv_estimator_fn
rewards, mask = torch.randn(6, 5), torch.ones(6, 5)
mask[1, 3:], mask[4, 2:] = 0, 0
rewards *= mask
index = np.array(["a", "b", "a", "b", "a", "alone"], dtype=object)
for scaled in (True, False):
    paid, _ = get_adv_estimator_fn("abacus_grpo")(
        token_level_rewards=rewards, response_mask=mask, index=index,
        config={"norm_adv_by_std_in_grpo": scaled},
    )
    own, _ = compute_grpo_outcome_advantage(rewards, mask, index, norm_adv_by_std_in_grpo=scaled)
    for group in ([0, 2, 4], [1, 3]):
        size = lambda rows: sum((rows[i][mask[i] == 1] ** 2).mean() for i in group)
        assert torch.allclose(paid[:, 0], own[:, 0]) or scaled
        assert torch.allclose(size(paid), size(own), rtol=1e-4) or not scaled
    assert torch.allclose(paid[5], own[5]), "alone it has nobody to be compared with"
    assert not torch.allclose(paid[0, 1:], own[0, 1:])
    assert not paid[mask == 0].any()
"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": installed(tmp_path), "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert run.returncode == 0, run.stderr[-3000:]
