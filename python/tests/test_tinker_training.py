"""Token rewards by the Tinker API, trained on SkyRL's own server with its JAX backend, on a CPU.

Run by hand, or where `ABACUS_SKYRL_PYTHON` names its environment (Python 3.12, about 6 GB):

    pip install torch==2.13.0 'jax>=0.8,<1' 'flax>=0.12.10' 'optax>=0.2.5' tinker==0.25.0 \\
        'transformers<=5.16.1' fastapi uvicorn sqlmodel 'sqlalchemy[asyncio]' aiosqlite aiohttp \\
        psutil datasets peft==0.18.1 cloudpathlib jaxtyping loguru httpx numpy pytest
    pip install --no-deps skyrl==0.4.0 skyrl-gym==0.4.0
    python -m pytest tests/test_tinker_training.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax", reason="SkyRL's JAX backend is not installed")
pytest.importorskip("skyrl", reason="SkyRL is not installed")
tinker = pytest.importorskip("tinker", reason="tinker is not installed")

from pages import run_shown  # noqa: E402
from skyrl_server import tinker_service, write_policy  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402

from abacus_rewards.scorers import RolloutItems, RolloutScorer  # noqa: E402
from abacus_rewards.tinker import SampledRollout, to_datums  # noqa: E402

pytestmark = pytest.mark.slow

KEY = "tml-any"
"""A key in the form that Tinker's client wants; SkyRL's server asks for none."""


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policies") / "policy"
    write_policy(path)
    return path


@pytest.fixture(scope="module")
def service(policy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with tinker_service(policy, tmp_path_factory.mktemp("service")) as address:
        yield address


def test_the_loss_weighs_every_token_by_its_own_advantage(
    server: str, service: str, policy: Path
) -> None:
    training: Any = tinker.ServiceClient(base_url=service, api_key=KEY).create_lora_training_client(
        base_model=str(policy), rank=8
    )
    tokenizer = AutoTokenizer.from_pretrained(policy)
    prompt_ids = tokenizer("The movie was")["input_ids"]
    sampling = training.save_weights_and_get_sampling_client()
    sampled = sampling.sample(
        tinker.ModelInput.from_ints(prompt_ids),
        num_samples=4,
        sampling_params=tinker.SamplingParams(max_tokens=12, temperature=1.0, seed=1),
    ).result()
    rollouts = [
        SampledRollout(prompt_ids=prompt_ids, completion_ids=each.tokens, logprobs=each.logprobs)
        for each in sampled.sequences
    ]
    scorer = RolloutScorer(server, RolloutItems(tokenizer, ids=True), credit={"method": "red"})
    rewards = scorer.score(rollouts)
    data = to_datums(rollouts, rewards, group_size=4, weights=True)
    output = training.forward_backward(data, loss_fn="importance_sampling").result()
    totals = [float(each.rewards.sum()) for each in rewards]
    for i, (rollout, reward) in enumerate(zip(rollouts, rewards, strict=True)):
        told = output.loss_fn_outputs[i]
        loss, now = (told[name].to_numpy() for name in ("elementwise_loss", "logprobs"))
        prompt = len(prompt_ids) - 1
        befores = [np.cumsum(each.rewards) - each.rewards for each in rewards]
        for t in range(len(rollout.completion_ids)):
            baseline = np.mean([each[t] for each in befores if len(each) > t])
            lead = float(np.sum(reward.rewards[:t])) - baseline
            advantage = totals[i] - np.mean(totals) - lead
            ratio = np.exp(now[prompt + t] - rollout.logprobs[t])
            assert loss[prompt + t] == pytest.approx(-ratio * advantage, abs=2e-3, rel=1e-2)
        assert not loss[:prompt].any()


def test_the_file_of_the_page_trains(
    server: str, service: str, policy: Path, tmp_path: Path
) -> None:
    told = run_shown(
        "trainers/tinker.md",
        tmp_path,
        ABACUS_URL=server,
        TINKER_URL=service,
        TINKER_API_KEY=KEY,
        POLICY=str(policy),
        PATH=os.environ["PATH"],
    )
    assert [line.split()[:2] for line in told.splitlines() if line.startswith("step")] == [
        ["step", "0"],
        ["step", "1"],
    ]
