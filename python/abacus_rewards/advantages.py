"""Advantages of tokens from their rewards, for trainers that take one per token. Pure.

    A[i, t] = total[i] - mean(total) - (before[i, t] - baseline[t])

`total` is what a completion earns in all, and `before[i, t]` what it had earned before its token t;
the means are those of its group, the baseline's of the completions that have a token t.

GRPO divides by the deviation of a group's totals, to have advantages of one size. Advantages of
tokens are divided by what makes them as large together, over the completions i of the group:

    sum over i of the mean over t of A[i, t]^2
        = sum over i of (total[i] - mean(total))^2 / deviation^2

By the deviation alone they would have no bound: completions that earn nearly the same in all may
get there in different ways.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

DEVIATION_FLOOR = 1e-4
"""What is added to a deviation before anything is divided by it."""


def token_advantages(
    rewards: Sequence[ArrayLike], group_size: int, *, scale_by_deviation: bool = False
) -> list[NDArray[np.float64]]:
    """The advantage of each token.

    Args:
        rewards: one list per completion, one number per token; those of a group stand together.
        group_size: completions of one prompt.
        scale_by_deviation: whether to bring them to the size that advantages of totals have when
            divided by their deviation. Where all totals are equal, advantages are 0.

    Raises:
        ValueError: where the completions are no whole groups.
    """
    if group_size < 2 or len(rewards) % group_size != 0:
        raise ValueError(
            "Cannot compare completions as they must be groups of at least two: received "
            f"{len(rewards)} in groups of {group_size}"
        )
    rows = [np.asarray(each, dtype=np.float64) for each in rewards]
    groups = [rows[i : i + group_size] for i in range(0, len(rows), group_size)]
    return [row for group in groups for row in _of_group(group, scale_by_deviation)]


def _of_group(rows: list[NDArray[np.float64]], scaled: bool) -> list[NDArray[np.float64]]:
    totals = np.array([row.sum() for row in rows])
    own = totals - totals.mean()
    advantages = [each - lead for each, lead in zip(own, leads(rows), strict=True)]
    scale = _scale(totals) * size_ratio(own, advantages) if scaled else 1.0
    return [scale * row for row in advantages]


def size_ratio(own: NDArray[np.float64], advantages: Sequence[NDArray[np.float64]], /) -> float:
    """What makes the advantages of a group's tokens as large as those of its completions.

    Args:
        own: (completions,).
        advantages: one array per completion, of any number of tokens.

    Returns:
        The ratio of the roots of both sums of squares; 1 where all advantages are 0.
    """
    squares = sum(float(np.mean(row**2)) for row in advantages if len(row) > 0)
    return float(np.sqrt((own**2).sum() / squares)) if squares > 0 else 1.0


def leads(
    rewards: Sequence[NDArray[np.float64]], *, has_baseline: bool = True
) -> list[NDArray[np.float64]]:
    """What each completion had earned before each of its tokens, `before - baseline`.

    Args:
        rewards: one array per completion, of those that are compared with each other.
        has_baseline: whether to subtract the mean of those that have such a token.
    """
    befores = [np.cumsum(row) - row for row in rewards]
    if not has_baseline:
        return befores
    baseline = np.array(
        [
            np.mean([before[t] for before in befores if len(before) > t])
            for t in range(max((len(row) for row in rewards), default=0))
        ]
    )
    return [before - baseline[: len(before)] for before in befores]


def _scale(totals: NDArray[np.float64]) -> float:
    deviation = float(totals.std(ddof=1))
    return 0.0 if np.isclose(deviation, 0.0) else 1 / (deviation + DEVIATION_FLOOR)
