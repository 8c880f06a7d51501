"""verl 0.9: `abacus_grpo`, an estimator beside verl's, whose GRPO adds the rewards of tokens up.

verl loads this module by itself where the package is installed, by the entry point `verl.plugins`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .token_grpo import ESTIMATOR, per_token
from .versions import require_release

require_release("verl", "0.9")

import torch  # noqa: E402
from verl.trainer.ppo.core_algos import (  # noqa: E402
    compute_grpo_outcome_advantage,
    register_adv_est,
)


def token_grpo(
    token_level_rewards: torch.Tensor,
    response_mask: torch.Tensor,
    index: Sequence[Any],
    config: Any = None,
    epsilon: float = 1e-6,
    **others: Any,
) -> tuple[torch.Tensor, torch.Tensor]:
    """GRPO's advantage of a completion, less what it had earned before each token, as large.

    Args:
        token_level_rewards: (completions, tokens).
        response_mask: (completions, tokens), 1 for a completion's own tokens.
        index: (completions,), the prompt of each.
        config: `algorithm`, of which `norm_adv_by_std_in_grpo` counts as it does for `grpo`.
        epsilon: what is added to the deviation of a group.
        others: what verl gives to other estimators.

    Returns:
        Advantages, and the same as returns; each (completions, tokens).
    """
    is_scaled = config is None or bool(config.get("norm_adv_by_std_in_grpo", True))
    own, _ = compute_grpo_outcome_advantage(
        token_level_rewards, response_mask, index, epsilon, is_scaled
    )
    advantages = per_token(
        own, token_level_rewards, response_mask, index, is_scaled=is_scaled, epsilon=epsilon
    )
    return advantages, advantages


register_adv_est(ESTIMATOR)(token_grpo)
