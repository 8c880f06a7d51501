"""SkyRL 0.4: its own generator, checks and estimators, with a running server.

SkyRL is made for Python 3.12. Below that, pydantic wants the TypedDict of typing_extensions.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
from conftest import ROOT, serving

pytest.importorskip("skyrl", reason="SkyRL is not installed")
pytestmark = pytest.mark.slow

if sys.version_info < (3, 12):
    import typing_extensions

    typing.TypedDict = typing_extensions.TypedDict

import torch  # noqa: E402
from skyrl.backends.skyrl_train.utils import ppo_utils  # noqa: E402
from skyrl.train.config import GeneratorConfig, SkyRLGymConfig  # noqa: E402
from skyrl.train.generators.base import TrajectoryID  # noqa: E402
from skyrl.train.generators.skyrl_gym_generator import SkyRLGymGenerator  # noqa: E402
from skyrl.train.trainer import RayPPOTrainer  # noqa: E402
from skyrl.train.utils.trainer_utils import validate_generator_output  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402

from abacus_rewards.skyrl import ESTIMATOR, AbacusGenerator  # noqa: E402

TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}"
)
QUESTIONS = ("Review the movie.", "How was the acting?")
TEXTS = ("a warm, funny film.", "a dull mess", "it has heart", "two hours of my life, gone")
UIDS = ["a", "a", "b", "b"]
RED: Any = {"method": "red", "beta": 0.8}


@pytest.fixture(scope="module")
def chat_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    template: Path = tmp_path_factory.mktemp("template") / "template.jinja"
    template.write_text(TEMPLATE)
    with serving("--chat-template", str(template)) as address:
        yield address


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The bundled policy's, with a chat template."""
    folder = tmp_path_factory.mktemp("policy") / "policy"
    shutil.copytree(ROOT / "models" / "movie-policy", folder)
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "chat_template": TEMPLATE}))
    return AutoTokenizer.from_pretrained(folder)


class StandInModel:
    """Answers with texts in place of an inference engine, each with the end of the sequence."""

    model_name = "stand-in"

    def __init__(self, tokenizer: Any) -> None:
        self._answers = iter(TEXTS)
        self._tokenizer = tokenizer

    async def generate(self, batch: Any, model: Any = None) -> Any:
        text = next(self._answers)
        ids = [*self._tokenizer.encode(text, add_special_tokens=False), 2]
        names = ("response_logprobs", "rollout_expert_indices", "rollout_sample_support")
        others = dict.fromkeys(names)
        return {"responses": [text], "response_ids": [ids], "stop_reasons": ["stop"], **others}

    async def finish_session(self, session_id: str) -> None:
        """Nothing is held."""


def configuration(**fields: Any) -> Any:
    config = GeneratorConfig(n_samples_per_prompt=2, max_turns=1, max_input_length=64, **fields)
    config.sampling_params.logprobs = None
    return config


def generated(kind: Any, tokenizer: Any, **own: Any) -> Any:
    """What a generator hands to SkyRL's trainer: two completions for each of two prompts."""
    config = configuration(batched=False)
    generator = kind(config, SkyRLGymConfig(), StandInModel(tokenizer), tokenizer, **own)
    batch = {
        "prompts": [[{"role": "user", "content": QUESTIONS[i // 2]}] for i in range(4)],
        "env_classes": ["abacus"] * 4,
        "env_extras": [{} for _ in range(4)],
        "sampling_params": None,
        "trajectory_ids": [TrajectoryID(uid, i % 2) for i, uid in enumerate(UIDS)],
        "batch_metadata": None,
    }
    output = asyncio.run(generator.generate(batch, disable_tqdm=True))
    validate_generator_output(4, output)
    return output


def server_says(server: str, tokenizer: Any, question: str, response: list[int]) -> Any:
    """The rewards of a response that is sent by hand, with spans of tokens decoded one by one."""
    text, spans = "", []
    for token in response:
        piece = "" if token == tokenizer.eos_token_id else tokenizer.decode([token])
        spans.append([len(text), len(text) + len(piece)])
        text += piece
    messages = [{"role": "user", "content": question}]
    item = {"messages": messages, "completions": [text], "token_spans": [spans]}
    reply = httpx.post(f"{server}/v1/rewards", json={"items": [item], "credit": RED}, timeout=60)
    return reply.json()["items"][0]["completions"][0]


def postprocessed(output: Any) -> Any:
    """What SkyRL's trainer makes of the output before it computes advantages."""
    generator = SimpleNamespace(
        step_wise_trajectories=False, merge_stepwise_output=False, n_samples_per_prompt=2
    )
    algorithm = SimpleNamespace(zero_variance_filter=True)
    config = SimpleNamespace(generator=generator, trainer=SimpleNamespace(algorithm=algorithm))
    trainer: Any = SimpleNamespace(cfg=config, all_metrics={})
    return RayPPOTrainer.postprocess_generator_output(trainer, output, UIDS)[0]


def advantages(rewards: list[list[float]], estimator: str) -> Any:
    """Of SkyRL's estimator, (completions, tokens)."""
    longest = max(len(row) for row in rewards)
    paid = torch.tensor([row + [0.0] * (longest - len(row)) for row in rewards])
    mask = torch.tensor([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in rewards])
    found, _ = ppo_utils.compute_advantages_and_returns(
        token_level_rewards=paid,
        response_mask=mask,
        index=np.array(UIDS),
        adv_estimator=estimator,
        config=None,
        values=torch.zeros_like(paid),
        grpo_norm_by_std=False,
    )
    return found, mask.bool()


def test_token_rewards_reach_skyrl_s_estimators_with_a_stand_in_for_the_language_model(
    chat_server: str, tokenizer: Any
) -> None:
    output = generated(AbacusGenerator, tokenizer, url=chat_server, credit=RED)
    told = [
        server_says(chat_server, tokenizer, QUESTIONS[i // 2], ids)
        for i, ids in enumerate(output["response_ids"])
    ]
    rewards = postprocessed(output)["rewards"]
    for row, reply in zip(rewards, told, strict=True):
        assert row == pytest.approx(reply["rewards"], abs=1e-5)
    whitened, mask = advantages(rewards, "gae")
    to_go = torch.zeros(mask.shape)
    for i, row in enumerate(rewards):
        to_go[i, : len(row)] = torch.tensor(np.cumsum(row[::-1])[::-1].copy())
    own = to_go[mask]
    expected = (own - own.mean()) / own.std()
    assert torch.allclose(whitened[mask], expected.float(), atol=1e-3)
    summed, _ = advantages(rewards, "grpo")
    assert all(row[at].unique().numel() == 1 for row, at in zip(summed, mask, strict=True))
    kept, _ = advantages(rewards, ESTIMATOR)
    for i, row in enumerate(rewards):
        group = [rewards[j] for j in range(4) if UIDS[j] == UIDS[i]]
        mean = np.mean([sum(each) for each in group])
        for t in range(len(row)):
            baseline = np.mean([sum(each[:t]) for each in group if len(each) > t])
            wanted = sum(row) - mean - (sum(row[:t]) - baseline)
            assert float(kept[i, t]) == pytest.approx(wanted, abs=1e-4)
    assert torch.allclose(kept[:, 0], summed[:, 0])


def test_the_environment_pays_the_score_on_the_last_token_with_a_stand_in_for_the_language_model(
    chat_server: str, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ABACUS_URL", chat_server)
    output = generated(SkyRLGymGenerator, tokenizer)
    for i, (row, ids) in enumerate(zip(output["rewards"], output["response_ids"], strict=True)):
        reply = server_says(chat_server, tokenizer, QUESTIONS[i // 2], ids)
        assert row[:-1] == [0.0] * (len(ids) - 1)
        assert row[-1] == pytest.approx(reply["score"], abs=1e-4)


def test_equal_groups_learn_nothing_of_token_rewards() -> None:
    rewards = [[1.0, 2.0], [2.0, 1.0], [0.0, 0.0], [0.0, 0.0]]
    mask = torch.ones(4, 2)
    found, _ = ppo_utils.AdvantageEstimatorRegistry.get(ESTIMATOR)(
        token_level_rewards=torch.tensor(rewards), response_mask=mask, index=np.array(UIDS)
    )
    assert not found.any()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"batched": True}, "without the loop that asks for rewards"),
        ({"batched": False, "step_wise_trajectories": True}, "one advantage"),
    ],
)
def test_settings_that_would_lose_token_rewards_are_refused(
    tokenizer: Any, fields: dict[str, Any], reason: str
) -> None:
    config = configuration(**fields)
    with pytest.raises(ValueError, match=reason):
        AbacusGenerator(config, SkyRLGymConfig(), None, tokenizer, url="http://127.0.0.1:9")


def test_several_turns_are_refused(tokenizer: Any) -> None:
    config = configuration(batched=False)
    config.max_turns = 2
    with pytest.raises(ValueError, match="tokens of the environment"):
        AbacusGenerator(config, SkyRLGymConfig(), None, tokenizer, url="http://127.0.0.1:9")
