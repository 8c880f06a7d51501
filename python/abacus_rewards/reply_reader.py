"""Reads a server's answer as rewards.

Every number is finite, in its place and consistent with the others, or the whole answer is refused.
Unknown fields and unknown words are accepted, since a newer server may send them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .batches import Batch, ExpectedRewards
from .checks import (
    Placed,
    boolean_at,
    count_at,
    finite_at,
    is_count,
    list_at,
    mismatch,
    optional,
    text_at,
)
from .floats import Floats, floats_at
from .items import CreditChoice, RequestHead
from .reply import (
    BatchRewards,
    CompletionRewards,
    Credit,
    ItemRewards,
    MemberScore,
    ReadAt,
    StepScore,
    Timing,
    UnitReward,
    Usage,
)

SUM_TOLERANCE = 1e-5
"""The error that the server allows its sums, relative to the larger of 1 and the sum."""


def read_reply(reply: Placed, batch: Batch, head: RequestHead) -> BatchRewards:
    """Reads the answer to a batch.

    Args:
        reply: the parsed body.
        batch: the items that were sent.
        head: the fields of the request besides its items.

    Raises:
        RewardClientError: `protocol`, with its path within the answer.
    """
    asked = head.get("credit") or CreditChoice()
    credit, usage, timing = (reply.field(name) for name in ("credit", "usage", "timing_ms"))
    items = reply.field("items").members(len(batch))
    cached = usage.field("cached_tokens")
    return BatchRewards(
        id=text_at(reply.field("id")),
        model=text_at(_same_as(reply.field("model"), head.get("model"))),
        credit=_read_credit(credit, asked),
        items=tuple(
            _read_item(placed, item.expected) for placed, item in zip(items, batch, strict=True)
        ),
        usage=Usage(
            count_at(usage.field("tokens")),
            count_at(usage.field("computed_tokens")),
            count_at(cached) if cached.is_there else 0,
        ),
        timing_ms=Timing(
            finite_at(timing.field("tokenize")),
            finite_at(timing.field("queue")),
            finite_at(timing.field("inference")),
        ),
    )


def _read_credit(credit: Placed, asked: CreditChoice) -> Credit:
    """How scores were spread, as requested; single tokens are the unit that goes unsaid."""
    method = text_at(_same_as(credit.field("method"), asked.get("method")))
    beta = finite_at(_same_as(credit.field("beta"), asked.get("beta")))
    unit, wanted = credit.field("unit"), asked.get("unit")
    _same_as(unit if unit.is_there else Placed("token", unit.path), wanted)
    if not unit.is_there:
        return Credit(method, beta)
    pay = text_at(_same_as(credit.field("pay"), asked.get("pay")))
    said = unit.value
    return Credit(method, beta, said if isinstance(said, dict) else text_at(unit), pay)


def _same_as(placed: Placed, asked: object) -> Placed:
    """Scores of another model or of another credit method are not the requested ones."""
    if asked is None or placed.value == asked:
        return placed
    raise mismatch(placed, f"must be '{asked}', as requested")


def _read_item(placed: Placed, expected: tuple[ExpectedRewards, ...]) -> ItemRewards:
    completions = placed.field("completions").members(len(expected))
    pairs = zip(completions, expected, strict=True)
    return ItemRewards(tuple(_read_completion(each, count) for each, count in pairs))


def _read_completion(placed: Placed, expected: ExpectedRewards) -> CompletionRewards:
    truncated = boolean_at(placed.field("truncated"))
    rewards = floats_at(placed.field("rewards"))
    _require_count(placed.field("rewards"), len(rewards), expected, truncated)
    score = finite_at(placed.field("score"))
    offset = optional(placed.field("offset"), finite_at)
    _require_sum(placed.field("rewards"), rewards, score - (offset or 0.0))
    tokens = len(rewards)
    return CompletionRewards(
        score=score,
        rewards=rewards,
        truncated=truncated,
        credit=optional(placed.field("credit"), lambda at: _read_shares(at, tokens)),
        offset=offset,
        residual=optional(placed.field("residual"), finite_at),
        token_ids=optional(placed.field("token_ids"), lambda at: _read_ids(at, tokens)),
        offsets=optional(placed.field("offsets"), lambda at: _read_spans(at, tokens)),
        units=optional(placed.field("units"), lambda at: _read_units(at, rewards)),
        steps=optional(placed.field("steps"), lambda at: _read_steps(at, tokens)),
        response_mass=optional(placed.field("response_mass"), _read_mass),
        read_at=optional(placed.field("read_at"), _read_place),
        dropped=optional(placed.field("dropped"), _read_spans),
        fallback=optional(placed.field("fallback"), text_at),
        members=optional(placed.field("members"), _read_members),
    )


def _require_count(placed: Placed, count: int, expected: ExpectedRewards, truncated: bool) -> None:
    asked = expected.count
    if asked is None or count == asked or (expected.at_most and truncated and count < asked):
        return
    fault = f"must hold {asked} numbers, one per token of the request"
    raise mismatch(Placed(count, placed.path), fault)


def _require_length(placed: Placed, length: int, expected: int | None) -> None:
    if expected is not None and length != expected:
        fault = f"must hold {expected} members, one per reward"
        raise mismatch(Placed(length, placed.path), fault)


def _require_sum(placed: Placed, values: Floats, expected: float) -> None:
    """Law 1, within the precision of the encoding, in which each number was rounded once.

    The tolerance grows with the magnitude of the rewards, whatever their signs.
    """
    rounding = 2.0**-53 * len(values) + (2.0**-24 if values.dtype == np.float32 else 0.0)
    magnitude = float(np.abs(values).sum(dtype=np.float64))
    tolerance = SUM_TOLERANCE * max(1.0, abs(expected)) + rounding * magnitude
    total = float(values.sum(dtype=np.float64))
    if not abs(total - expected) <= tolerance:
        raise mismatch(Placed(total, placed.path), f"must add up to {expected}")


def _read_shares(placed: Placed, length: int) -> Floats:
    shares = floats_at(placed)
    _require_length(placed, len(shares), length)
    if length > 0:
        _require_sum(placed, shares, 1.0)
    return shares


def _read_ids(placed: Placed, length: int) -> NDArray[np.int64]:
    members = list_at(placed)
    _require_length(placed, len(members), length)
    for i, member in enumerate(members):
        if not is_count(member):
            at = Placed(member, f"{placed.path}[{i}]")
            raise mismatch(at, "must be an integer that is not negative")
    return np.array(members, dtype=np.int64)


def _read_spans(placed: Placed, length: int | None = None) -> NDArray[np.int64]:
    members = list_at(placed)
    _require_length(placed, len(members), length)
    for i, member in enumerate(members):
        if not _is_span(member):
            at = Placed(member, f"{placed.path}[{i}]")
            raise mismatch(at, "must be [start, end], which does not end before it starts")
    return np.array(members, dtype=np.int64).reshape(-1, 2)


def _is_span(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    start, end = value
    return is_count(start) and is_count(end) and bool(start <= end)


def _read_units(placed: Placed, rewards: Floats) -> tuple[UnitReward, ...]:
    """Ranges of the rewards in order, each with their sum."""
    units = tuple(_read_unit(each) for each in placed.members())
    behind = 0
    for each, unit in zip(placed.members(), units, strict=True):
        if unit.tokens[0] < behind or unit.tokens[1] > len(rewards):
            raise mismatch(each, f"must be a range of the {len(rewards)} rewards, in order")
        behind = unit.tokens[1]
        _require_sum(each, rewards[slice(*unit.tokens)], unit.reward)
    return units


def _read_unit(placed: Placed) -> UnitReward:
    return UnitReward(
        _read_range(placed.field("tokens")),
        finite_at(placed.field("reward")),
        optional(placed.field("characters"), _read_range),
        optional(placed.field("standard_error"), finite_at),
    )


def _read_range(placed: Placed) -> tuple[int, int]:
    if not _is_span(placed.value):
        raise mismatch(placed, "must be [start, end], which does not end before it starts")
    start, end = (count_at(each) for each in placed.members())
    return start, end


def _read_steps(placed: Placed, length: int) -> tuple[StepScore, ...]:
    """Each step may end at one of the rewards."""
    return tuple(_read_step(each, length) for each in placed.members())


def _read_step(placed: Placed, length: int) -> StepScore:
    score, end = finite_at(placed.field("score")), placed.field("end")
    if not end.is_there:
        return StepScore(score)
    if count_at(end) < length:
        return StepScore(score, count_at(end))
    raise mismatch(end, f"must be one of the {length} rewards")


def _read_place(placed: Placed) -> ReadAt:
    return ReadAt(count_at(placed.field("position")), count_at(placed.field("token_id")))


def _read_mass(placed: Placed) -> float:
    mass = finite_at(placed)
    if 0 <= mass <= 1:
        return mass
    raise mismatch(placed, "must lie in [0, 1]")


def _read_members(placed: Placed) -> tuple[MemberScore, ...]:
    members = placed.members()
    return tuple(
        MemberScore(text_at(each.field("id")), finite_at(each.field("score"))) for each in members
    )
