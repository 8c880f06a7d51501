"""GRPO with a reward for every token, for trainers whose own GRPO adds them up again.

    A[i, t] = ratio * (A[i] - scale * (before[i, t] - baseline[t]))

`A[i]` is the trainer's advantage of a completion, and `before[i, t]` what it had earned before its
token t. The baseline is the mean of `before` over those of the group that have a token t, and
`scale` what GRPO multiplies rewards with: 0 where a group's rewards are equal, as it learns nothing
there. `ratio` is that of `advantages.size_ratio` where rewards are divided by a deviation, so that
advantages are as large as GRPO's own, and otherwise 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .advantages import leads, size_ratio

ESTIMATOR = "abacus_grpo"
"""The name of the estimator in a trainer's settings."""

EQUAL = 1e-6
"""The deviation of scores that differ by rounding alone."""


def per_token(
    own: torch.Tensor,
    token_level_rewards: torch.Tensor,
    response_mask: torch.Tensor,
    index: Sequence[Any],
    *,
    is_scaled: bool,
    epsilon: float,
) -> torch.Tensor:
    """GRPO's advantages of completions, less what each had earned before each token, as large.

    Args:
        own: (completions, tokens), the trainer's advantages.
        token_level_rewards: (completions, tokens).
        response_mask: (completions, tokens), 1 for a completion's own tokens.
        index: (completions,), the prompt of each.
        is_scaled: whether rewards are divided by the deviation of their group.
        epsilon: what is added to it.

    Returns:
        (completions, tokens).
    """
    advantages = own.clone()
    for group in _groups(index):
        places = [response_mask[i].nonzero().flatten() for i in group]
        rewards = [token_level_rewards[i, at].double() for i, at in zip(group, places, strict=True)]
        scale = _inverse(token_level_rewards[group].sum(dim=-1), epsilon) if is_scaled else 1.0
        earned = leads([each.cpu().numpy() for each in rewards])
        firsts = [
            own[i, at[:1]].double().cpu().numpy() for i, at in zip(group, places, strict=True)
        ]
        rows = [first - scale * lead for first, lead in zip(firsts, earned, strict=True)]
        ratio = size_ratio(np.concatenate(firsts), rows) if is_scaled else 1.0
        for i, at, row in zip(group, places, rows, strict=True):
            advantages[i, at] = torch.tensor(ratio * row).to(advantages)
    return advantages


def _groups(index: Sequence[Any]) -> list[list[int]]:
    """The completions of each prompt."""
    groups: dict[Any, list[int]] = {}
    for i, prompt in enumerate(index):
        groups.setdefault(prompt, []).append(i)
    return list(groups.values())


def _inverse(totals: torch.Tensor, epsilon: float) -> float:
    deviation = float(totals.std()) if len(totals) > 1 else 1.0
    return 0.0 if deviation <= EQUAL else 1 / (deviation + epsilon)
