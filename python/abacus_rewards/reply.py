"""What a server answers, as the callers of a client see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .floats import Floats


@dataclass(frozen=True, slots=True)
class StepScore:
    """What a process reward model says of one step.

    Attributes:
        score: of the step, whatever the credit method.
        end: the last token of the step, by its place in the rewards; None where it has none.
    """

    score: float
    end: int | None = None


@dataclass(frozen=True, slots=True)
class UnitReward:
    """A stretch of a completion that credit was given to.

    Attributes:
        tokens: its tokens, a range of the rewards.
        reward: what these are paid together.
        characters: its code points; None for steps of a model that scores steps.
        standard_error: of what it earned, of methods that sample.
    """

    tokens: tuple[int, int]
    reward: float
    characters: tuple[int, int] | None = None
    standard_error: float | None = None


@dataclass(frozen=True, slots=True)
class MemberScore:
    """The score of a model in a mixture, before its weight."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class ReadAt:
    """The token that a score was read at, by its place in the whole sequence."""

    position: int
    token_id: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CompletionRewards:
    """The rewards of one completion. What a method or model does not have is None.

    Attributes:
        score: the scalar reward, raw.
        rewards: (tokens,), which add up to the score, less the offset if there is one.
        truncated: whether tokens were dropped to fit the context.
        credit: (tokens,), the share of each token, adding up to 1.
        offset: the part of the score that belongs to no token.
        residual: what tokens earned less than they should have together, which the last one has on
            top of its own; of the methods gradient, integrated and occlusion.
        token_ids: (tokens,), in the reward model's vocabulary; not where spans were given.
        offsets: (tokens, 2), the code points of each token; not where ids were given.
        units: what credit was given to; None where that is single tokens.
        steps: the steps, of models that score steps.
        response_mass: how much of the attention fell on the completion, in [0, 1].
        read_at: where the score was read.
        dropped: (ranges, 2), code points that the chat template left out.
        fallback: how the shares were found where the credit method could not.
        members: of a mixture, the models with their own scores.
    """

    score: float
    rewards: Floats
    truncated: bool
    credit: Floats | None = None
    offset: float | None = None
    residual: float | None = None
    token_ids: NDArray[np.int64] | None = None
    offsets: NDArray[np.int64] | None = None
    units: tuple[UnitReward, ...] | None = None
    steps: tuple[StepScore, ...] | None = None
    response_mass: float | None = None
    read_at: ReadAt | None = None
    dropped: NDArray[np.int64] | None = None
    fallback: str | None = None
    members: tuple[MemberScore, ...] | None = None


@dataclass(frozen=True, slots=True)
class ItemRewards:
    """The rewards of an item's completions, in their order."""

    completions: tuple[CompletionRewards, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """How scores were spread. Without a unit, each token has what it earned."""

    method: str
    beta: float
    unit: str | Mapping[str, object] | None = None
    pay: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of all completions with their prompts, those computed, and those found in a cache."""

    tokens: int
    computed_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the server spent its time, in milliseconds."""

    tokenize: float
    queue: float
    inference: float


@dataclass(frozen=True, slots=True)
class BatchRewards:
    """The answer to one request."""

    id: str
    model: str
    credit: Credit
    items: tuple[ItemRewards, ...]
    usage: Usage
    timing_ms: Timing
