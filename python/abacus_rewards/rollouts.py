"""What trainers sample, as items for a server, and the rewards that come back, token by token.
Pure.

A completion is sent as its text with the spans of the policy's tokens, or, where the policy has the
reward model's own tokenizer, as ids. Either way there is one reward for each id that was sampled,
in its order, the end of the sequence included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .align import PolicyTokenizer, align
from .errors import RewardClientError
from .items import RewardItem
from .reply import CompletionRewards
from .tally import RewardResult

Prompt = str | Sequence[Mapping[str, Any]]
"""A text, or the messages of a conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A completion as a policy sampled it.

    Attributes:
        completion_ids: (tokens,), without padding, with the end of the sequence if it was sampled.
        prompt: what the reward model is to see before it; not needed where ids are sent.
        prompt_ids: the ids before the completion; of a text they keep the space that it may begin
            with.
    """

    completion_ids: Sequence[int]
    prompt: Prompt | None = None
    prompt_ids: Sequence[int] = ()


def text_item(rollout: Rollout, tokenizer: PolicyTokenizer) -> RewardItem:
    """The completion as text, with the spans of its tokens.

    Raises:
        AlignmentError: where ids and text do not belong together.
        ValueError: for a rollout without a prompt.
    """
    if rollout.prompt is None:
        raise ValueError("Cannot send a completion as text as it must have a prompt: received None")
    aligned = align(tokenizer, rollout.completion_ids, prompt_ids=rollout.prompt_ids)
    completions, spans = [aligned.text], [aligned.spans]
    if isinstance(rollout.prompt, str):
        return {"prompt": rollout.prompt, "completions": completions, "token_spans": spans}
    return {"messages": rollout.prompt, "completions": completions, "token_spans": spans}


def ids_item(rollout: Rollout) -> RewardItem:
    """The completion as ids, for a reward model with the policy's own tokenizer."""
    return {
        "prompt_ids": [int(each) for each in rollout.prompt_ids],
        "completion_ids": [[int(each) for each in rollout.completion_ids]],
    }


def rewards_of(result: RewardResult, rollouts: Sequence[Rollout]) -> list[CompletionRewards]:
    """The rewards of rollouts that were sent as one item each.

    Raises:
        RewardClientError: `protocol` where a completion was cut, as a trainer has no place for
            fewer rewards than tokens.
    """
    rewards = [item.completions[0] for item in result.items]
    for i, (each, rollout) in enumerate(zip(rewards, rollouts, strict=True)):
        received, expected = len(each.rewards), len(rollout.completion_ids)
        if received != expected:
            message = (
                f"Cannot use the rewards of completion {i} as there must be one for each of its "
                f"{expected} tokens: received {received}"
            )
            raise RewardClientError("protocol", message, path=f"items[{i}]")
    return rewards
