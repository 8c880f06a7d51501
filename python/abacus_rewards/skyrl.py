"""SkyRL 0.4: the token rewards of an Abacus server, or its scores.

`AbacusGenerator` samples as SkyRL's own generator does and pays each token of a completion.
`AbacusEnv`, registered as `abacus`, is an environment of one turn that pays the score, for scores
alone. `abacus_grpo` is an estimator beside SkyRL's: GRPO's adds the rewards of tokens up again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from .async_client import AsyncRewardClient
from .client import RewardClient
from .items import CreditChoice
from .rollouts import Rollout
from .scorers import AsyncRolloutScorer, RolloutItems
from .token_grpo import ESTIMATOR, per_token
from .versions import require_release

SKYRL_VERSION = require_release("skyrl", "0.4.0")

import skyrl_gym  # noqa: E402
import torch  # noqa: E402
from skyrl.backends.skyrl_train.utils.ppo_utils import (  # noqa: E402
    AdvantageEstimatorRegistry,
    compute_grpo_outcome_advantage,
)
from skyrl.train.generators.skyrl_gym_generator import SkyRLGymGenerator  # noqa: E402
from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput  # noqa: E402

URL_VARIABLE = "ABACUS_URL"
"""The environment variable that tells an environment where the server is."""

KEY_VARIABLE = "ABACUS_KEY"
"""The environment variable that holds the server's key."""

ENVIRONMENT = "abacus"
"""The name of `AbacusEnv` in a data set's `env_class`."""

PAID_BY_TOKEN = "abacus_pays_tokens"
"""What tells an environment that the generator pays, so that no score is paid twice."""


class AbacusGenerator(SkyRLGymGenerator):
    """SkyRL's generator with a reward for every token, and what the environment pays beside.

    Args:
        url: the server's address.
        ids: whether the reward model has the policy's tokenizer, so that ids are sent as they were
            sampled; otherwise the messages of the prompt, and the completion's text.
        credit: how scores are spread.
        model: the model that must answer.

    Raises:
        ValueError: for settings under which tokens of a completion are not all the policy's, or
            under which nobody would ask for their rewards.
    """

    def __init__(
        self,
        *args: Any,
        url: str,
        ids: bool = False,
        credit: CreditChoice | None = None,
        model: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _require_settings(self.generator_cfg)
        client = AsyncRewardClient(url, api_key=os.environ.get(KEY_VARIABLE))
        items = RolloutItems(self.tokenizer, ids=ids)
        self._scorer = AsyncRolloutScorer(client, items, credit=credit, model=model)

    async def agent_loop(self, prompt: Any, *args: Any, **kwargs: Any) -> Any:
        """A trajectory whose reward is one number per token; a failure fails the trajectory."""
        output = await super().agent_loop(prompt, *args, **kwargs)
        rollout = Rollout(
            prompt=[dict(message) for message in prompt],
            prompt_ids=output.prompt_ids,
            completion_ids=output.response_ids,
        )
        (rewards,) = await self._scorer.score([rollout])
        pairs = zip(output.reward, rewards.rewards, strict=True)
        output.reward = [float(paid) + float(earned) for paid, earned in pairs]
        told = {"abacus_score": rewards.score, "abacus_fallback": rewards.fallback is not None}
        output.env_metrics = {**output.env_metrics, **told}
        return output

    def _setup_env_extras(self, env_class: str, env_extras: Any, *others: Any) -> dict[str, Any]:
        extras: dict[str, Any] = super()._setup_env_extras(env_class, env_extras, *others)
        return {**extras, PAID_BY_TOKEN: True}


class AbacusEnv(BaseTextEnv):
    """One turn: the completion of a prompt, paid by the server's score.

    It asks the server of `ABACUS_URL`. Beneath an `AbacusGenerator` it pays nothing.
    """

    def __init__(self, env_config: Any = None, extras: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self._is_paid_by_token = bool((extras or {}).get(PAID_BY_TOKEN))
        self._prompt: list[dict[str, Any]] = []

    def init(self, prompt: Any) -> tuple[Any, dict[str, Any]]:
        """Keeps the conversation that the completion goes on."""
        self._prompt = [dict(message) for message in prompt]
        return prompt, {}

    def step(self, action: str) -> BaseTextEnvStepOutput:
        """Ends the trajectory with its reward.

        Raises:
            RewardClientError: where it cannot be scored; SkyRL ends the run then.
        """
        reward = 0.0 if self._is_paid_by_token else _score(self._prompt, action)
        return BaseTextEnvStepOutput(observations=[], reward=reward, done=True, metadata={})


def token_grpo(
    token_level_rewards: torch.Tensor,
    response_mask: torch.Tensor,
    index: Sequence[Any],
    grpo_norm_by_std: bool = True,
    epsilon: float = 1e-6,
    **others: Any,
) -> tuple[torch.Tensor, torch.Tensor]:
    """GRPO's advantage of a completion, less what it had earned before each token, as large.

    Args:
        token_level_rewards: (completions, tokens).
        response_mask: (completions, tokens), 1 for a completion's own tokens.
        index: (completions,), the prompt of each.
        grpo_norm_by_std: whether rewards are divided by the deviation of their group.
        epsilon: what is added to it.
        others: what SkyRL gives to other estimators.

    Returns:
        Advantages, and the same as returns; each (completions, tokens).
    """
    own, _ = compute_grpo_outcome_advantage(
        token_level_rewards, response_mask, np.asarray(index), epsilon, grpo_norm_by_std
    )
    advantages = per_token(
        own,
        token_level_rewards,
        response_mask,
        index,
        is_scaled=grpo_norm_by_std,
        epsilon=epsilon,
    )
    return advantages, advantages


def _require_settings(config: Any) -> None:
    faults = {
        "max_turns": (config.max_turns > 1, "a reward model pays tokens of the environment too"),
        "step_wise_trajectories": (
            config.step_wise_trajectories,
            "SkyRL then gives all tokens of a trajectory one advantage",
        ),
        "batched": (config.batched, "SkyRL then samples without the loop that asks for rewards"),
        "chat_template": (
            config.chat_template.name_or_path is not None,
            "completions are tokenised anew, to tokens that were not sampled",
        ),
    }
    for name, (is_set, reason) in faults.items():
        if is_set:
            raise ValueError(
                f"Cannot train with token rewards with generator.{name} as {reason}: received "
                f"{getattr(config, name)} with SkyRL {SKYRL_VERSION}"
            )


def _score(prompt: Sequence[Mapping[str, Any]], completion: str) -> float:
    url = os.environ.get(URL_VARIABLE)
    if url is None:
        raise RuntimeError(
            f"Cannot score as {URL_VARIABLE} must tell where the server is: received nothing"
        )
    item: Any = {"messages": prompt, "completions": [completion]}
    result = _client(url).score([item], credit={"method": "terminal"})
    return result.items[0].completions[0].score


@lru_cache(maxsize=4)
def _client(url: str) -> RewardClient:
    """One client of a process for each server, as SkyRL makes an environment for each sample."""
    return RewardClient(url, api_key=os.environ.get(KEY_VARIABLE))


if ENVIRONMENT not in skyrl_gym.envs.registration.registry:
    skyrl_gym.register(id=ENVIRONMENT, entry_point="abacus_rewards.skyrl:AbacusEnv")
if ESTIMATOR not in AdvantageEstimatorRegistry.list_available():
    AdvantageEstimatorRegistry.register(ESTIMATOR, token_grpo)
