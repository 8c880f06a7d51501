"""The Tinker API (Thinking Machines' service, SkyRL's server): token rewards as data to train on.

The losses `importance_sampling`, `ppo` and `cispo` of `forward_backward` take an advantage for each
token. `to_datums` makes their data of what was sampled and of the rewards of an Abacus server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .advantages import token_advantages
from .reply import CompletionRewards
from .rollouts import Rollout
from .versions import require_release

require_release("tinker", "0.25")

import tinker  # noqa: E402


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledRollout(Rollout):
    """A rollout with the log-probabilities that it was sampled with, one per id."""

    logprobs: Sequence[float]


def to_datums(
    rollouts: Sequence[SampledRollout],
    rewards: Sequence[CompletionRewards],
    *,
    group_size: int,
    scale_by_deviation: bool = False,
    weights: bool = False,
) -> list[Any]:
    """The data of `forward_backward`, one `tinker.Datum` per rollout.

    The targets are all ids but the first; those of the prompt have an advantage of 0, which no
    loss learns from.

    Args:
        rollouts: those of a prompt stand together; each has its `prompt_ids`.
        rewards: as `RolloutScorer.score` gives them.
        group_size: completions of one prompt.
        scale_by_deviation: whether those of a group are made as large as GRPO's are, which divides
            by the deviation of the group's totals.
        weights: whether to send a weight for each target, 0 for those of the prompt. SkyRL's server
            takes them, and divides the loss of a datum by their sum, which without them counts the
            prompt as well.

    Raises:
        ValueError: where a rollout has no ids, or not one reward and log-probability for each.
    """
    for i, (rollout, reward) in enumerate(zip(rollouts, rewards, strict=True)):
        _require_fit(i, rollout, len(reward.rewards))
    advantages = token_advantages(
        [each.rewards for each in rewards], group_size, scale_by_deviation=scale_by_deviation
    )
    pairs = zip(rollouts, advantages, strict=True)
    return [_datum(rollout, row, has_weights=weights) for rollout, row in pairs]


def _require_fit(index: int, rollout: SampledRollout, rewards: int) -> None:
    counts = {len(rollout.completion_ids), len(rollout.logprobs), rewards}
    if len(counts) == 1 and len(rollout.prompt_ids) > 0 and len(rollout.completion_ids) > 0:
        return
    raise ValueError(
        f"Cannot train on rollout {index} as it must have ids of a prompt, and one log-probability "
        f"and reward for each id of the completion: received {len(rollout.prompt_ids)} ids of a "
        f"prompt, {len(rollout.completion_ids)} of the completion, {len(rollout.logprobs)} "
        f"log-probabilities and {rewards} rewards"
    )


def _datum(rollout: SampledRollout, advantages: ArrayLike, *, has_weights: bool) -> Any:
    ids = [int(each) for each in (*rollout.prompt_ids, *rollout.completion_ids)]
    unpaid = np.zeros(len(rollout.prompt_ids) - 1)

    def of_targets(values: ArrayLike) -> Any:
        return tinker.TensorData.from_numpy(np.concatenate([unpaid, values]).astype(np.float32))

    weights = {"weights": of_targets(np.ones(len(rollout.completion_ids)))} if has_weights else {}
    return tinker.Datum(
        model_input=tinker.ModelInput.from_ints(ids[:-1]),
        loss_fn_inputs={
            "target_tokens": tinker.TensorData.from_numpy(np.array(ids[1:], dtype=np.int64)),
            "logprobs": of_targets(np.asarray(rollout.logprobs, dtype=np.float64)),
            "advantages": of_targets(advantages),
            **weights,
        },
    )
