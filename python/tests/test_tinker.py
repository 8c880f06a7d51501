"""The data that Tinker's losses take, made of a running server's rewards with its own classes."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tinker", reason="tinker is not installed")
transformers = pytest.importorskip("transformers")

from conftest import ROOT  # noqa: E402

from abacus_rewards import CompletionRewards  # noqa: E402
from abacus_rewards.scorers import RolloutItems, RolloutScorer  # noqa: E402
from abacus_rewards.tinker import SampledRollout, to_datums  # noqa: E402

TEXTS = ["a warm, funny film.", "a dull mess", "it has heart", "two hours of my life, gone"]


@pytest.fixture(scope="module")
def rollouts() -> list[SampledRollout]:
    tokenizer = transformers.AutoTokenizer.from_pretrained(ROOT / "models" / "movie-policy")
    prompt_ids = tokenizer("The movie was")["input_ids"]
    completions = [tokenizer.encode(each, add_special_tokens=False) for each in TEXTS]
    return [
        SampledRollout(
            prompt_ids=prompt_ids,
            completion_ids=[*ids, tokenizer.eos_token_id],
            logprobs=[-0.5 - i for i in range(len(ids) + 1)],
        )
        for ids in completions
    ]


def test_every_target_has_its_advantage(server: str, rollouts: list[SampledRollout]) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(ROOT / "models" / "movie-policy")
    items = RolloutItems(tokenizer, ids=True)
    rewards = RolloutScorer(server, items, credit={"method": "red"}).score(rollouts)
    datums = to_datums(rollouts, rewards, group_size=4, weights=True)
    totals = [float(each.rewards.sum()) for each in rewards]
    for i, (datum, rollout) in enumerate(zip(datums, rollouts, strict=True)):
        prompt = len(rollout.prompt_ids)
        targets, advantages, logprobs = (
            datum.loss_fn_inputs[name].to_numpy()
            for name in ("target_tokens", "advantages", "logprobs")
        )
        inputs = datum.model_input.to_ints()
        assert inputs == [*rollout.prompt_ids, *rollout.completion_ids][:-1]
        assert [*inputs[1:], rollout.completion_ids[-1]] == targets.tolist()
        assert not advantages[: prompt - 1].any()
        assert logprobs[prompt - 1 :].tolist() == pytest.approx(rollout.logprobs)
        assert targets[prompt - 1] == rollout.completion_ids[0]
        assert advantages[prompt - 1] == pytest.approx(totals[i] - np.mean(totals), abs=1e-4)
        assert len(advantages) == len(targets) == len(logprobs)
        assert len(set(advantages[prompt - 1 :].tolist())) > 2
        weights = datum.loss_fn_inputs["weights"].to_numpy().tolist()
        assert weights == [0.0] * (prompt - 1) + [1.0] * len(rollout.completion_ids)


def test_what_does_not_fit_is_refused(rollouts: list[SampledRollout]) -> None:
    rewards = [_rewards(len(each.completion_ids)) for each in rollouts]
    with pytest.raises(ValueError, match="in groups of 3"):
        to_datums(rollouts, rewards, group_size=3)
    with pytest.raises(ValueError, match=r"rollout 1 .* and 1 rewards"):
        to_datums(rollouts, [rewards[0], _rewards(1), *rewards[2:]], group_size=2)


def _rewards(count: int) -> CompletionRewards:
    rewards = np.ones(count, dtype=np.float32)
    return CompletionRewards(score=float(count), rewards=rewards, truncated=False)
