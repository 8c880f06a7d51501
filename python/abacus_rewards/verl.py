"""verl 0.9: the token rewards of an Abacus server as `rm_scores`, or its scores.

`AbacusAgentLoop` is an agent loop of one turn. verl writes a trajectory's `reward_score` to its
last token; here each token has its own reward, and TransferQueue carries them to the estimator.
Name the class in the file of `actor_rollout_ref.rollout.agent.agent_loop_config_path`, with the
arguments of its own. `compute_score` is a `custom_reward_function` for scores alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .async_client import AsyncRewardClient
from .items import Close
from .reply import CompletionRewards
from .rollouts import Rollout
from .scorers import AsyncRolloutScorer, RolloutItems
from .versions import require_release

require_release("verl", "0.9")

import torch  # noqa: E402
from omegaconf import OmegaConf  # noqa: E402
from verl.experimental.agent_loop.agent_loop import AgentLoopOutput  # noqa: E402
from verl.experimental.agent_loop.single_turn_agent_loop import (  # noqa: E402
    SingleTurnAgentLoop,
)

KEY_VARIABLE = "ABACUS_KEY"
"""The environment variable that holds the server's key; it must reach Ray's workers."""


class TokenRewardOutput(AgentLoopOutput):
    """A trajectory with a reward for each token of its response."""

    token_rewards: list[float]

    def as_dict(self) -> dict[str, Any]:
        """The fields that go to TransferQueue, with `rm_scores` (tokens of the response,)."""
        fields: dict[str, Any] = super().as_dict()
        rewards = torch.tensor(fields.pop("token_rewards"), dtype=torch.float32)
        if rewards.shape != fields["response_mask"].shape:
            raise ValueError(
                "Cannot pay a trajectory as there must be one reward for each of its "
                f"{len(fields['response_mask'])} tokens: received {len(rewards)}"
            )
        fields["rm_scores"] = rewards
        return fields


class AbacusAgentLoop(SingleTurnAgentLoop):
    """An agent loop of one turn that asks an Abacus server for the rewards of its tokens.

    Args:
        url: the server's address.
        ids: whether the reward model has the policy's tokenizer. Then it sees the ids that the
            policy saw, rendered by the policy's template; otherwise messages and text.
        credit: how scores are spread, as in `{method: red}`.
        model: the model that must answer.
        close: the token that texts are closed with.
    """

    def __init__(
        self,
        *args: Any,
        url: str,
        ids: bool = False,
        credit: Mapping[str, Any] | None = None,
        model: str | None = None,
        close: Close | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._scorer = AsyncRolloutScorer(
            _client(url),
            _items(url, model, self.tokenizer, ids),
            credit=_plain(credit),
            model=model,
            close=close,
        )

    async def run(self, sampling_params: dict[str, Any], **kwargs: Any) -> TokenRewardOutput:
        """Samples a response and asks for its rewards; a failure fails the trajectory."""
        output = await super().run(sampling_params, **kwargs)
        rollout = Rollout(
            prompt=[dict(message) for message in kwargs["raw_prompt"]],
            prompt_ids=output.prompt_ids,
            completion_ids=output.response_ids,
        )
        (rewards,) = await self._scorer.score([rollout])
        return _paid(output, rewards)


def _plain(credit: Mapping[str, Any] | None) -> Any:
    """Hydra gives what stands in agents.yaml as its own mappings, which are no JSON."""
    if OmegaConf.is_config(credit):
        return OmegaConf.to_container(credit, resolve=True)
    return credit


def _paid(output: AgentLoopOutput, rewards: CompletionRewards) -> TokenRewardOutput:
    """The trajectory with its rewards; with a score, so that verl asks no reward manager."""
    # Only fields that were set: as_dict leaves out the others.
    fields = output.model_dump(exclude_unset=True)
    paid = TokenRewardOutput(**fields, token_rewards=[float(each) for each in rewards.rewards])
    paid.reward_score = rewards.score
    # Numbers alone: verl makes arrays of what stands here.
    paid.extra_fields["reward_extra_info"] = {
        "abacus_score": rewards.score,
        "abacus_fallback": float(rewards.fallback is not None),
    }
    return paid


async def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    *,
    url: str = "http://127.0.0.1:8080",
    model: str | None = None,
    **kwargs: Any,
) -> float:
    """The score of a completion, for `reward.custom_reward_function`.

    The data set has the prompt in `extra_info.prompt`, as a text or as messages. `url` and `model`
    come from `reward.custom_reward_function.reward_kwargs`.

    Raises:
        ValueError: for a row without its prompt.
        RewardClientError: where it cannot be scored.
    """
    prompt = (extra_info or {}).get("prompt")
    if prompt is None:
        raise ValueError("Cannot score as extra_info must hold the prompt: received none")
    key = "prompt" if isinstance(prompt, str) else "messages"
    item: Any = {key: prompt if key == "prompt" else list(prompt), "completions": [solution_str]}
    result = await _client(url).score([item], model=model, credit={"method": "terminal"})
    return result.items[0].completions[0].score


@lru_cache(maxsize=16)
def _client(url: str) -> AsyncRewardClient:
    """One client of a process for each server, as verl makes an agent loop for each sample."""
    return AsyncRewardClient(url, api_key=os.environ.get(KEY_VARIABLE))


@lru_cache(maxsize=16)
def _items(url: str, model: str | None, tokenizer: Any, ids: bool) -> RolloutItems:
    """One for each server, model and tokenizer: that ids may be sent is asked once in a process."""
    return RolloutItems(tokenizer, ids=ids)
