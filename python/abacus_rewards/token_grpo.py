"""GRPO with a reward for every token, for trainers whose own GRPO adds them up again.

    A[i, t] = A[i] - scale[i] * (before[i, t] - baseline[t])

`A[i]` is the trainer's advantage of a completion, and `before[i, t]` what it had earned before its
token t. The baseline is the mean of `before` over those of the group that have a token t, and
`scale` what GRPO multiplies rewards with: 0 where a group's rewards are equal, as it learns nothing
there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from .advantages import leads

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
    """GRPO's advantages of completions, less what each had earned before each token.

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
        for i, at, lead in zip(group, places, earned, strict=True):
            advantages[i, at] -= scale * torch.tensor(lead).to(advantages)
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
