"""The outcomes of a call, gathered from requests that are answered in any order."""

from __future__ import annotations

from dataclasses import dataclass

from .batches import Batch
from .errors import RewardClientError
from .reply import BatchRewards, Credit, ItemRewards, Timing, Usage


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request that was answered, for logs.

    Attributes:
        id: the id in the server's log.
        attempts: how many times it was sent.
    """

    id: str
    attempts: int
    items: int
    usage: Usage
    timing_ms: Timing


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a call returns besides its items: model and credit are the same for all items.

    Attributes:
        usage: of all requests together.
        requests: those that were answered, in the order of their answers.
    """

    model: str
    credit: Credit
    usage: Usage
    requests: tuple[RequestRecord, ...]


@dataclass(frozen=True, slots=True)
class RewardResult(CallFacts):
    """The rewards of every item, in the order of the call."""

    items: tuple[ItemRewards, ...]


@dataclass(frozen=True, slots=True)
class EachResult:
    """The rewards or the error of every item, in the order of the call.

    Attributes:
        facts: None where no item was scored.
    """

    items: tuple[ItemRewards | RewardClientError, ...]
    facts: CallFacts | None


class Tally:
    """The outcome of every item of a call."""

    def __init__(self, items: int) -> None:
        self._outcomes: list[ItemRewards | RewardClientError | None] = [None] * items
        self._requests: list[RequestRecord] = []
        self._first: BatchRewards | None = None

    def add(self, batch: Batch, reply: BatchRewards, attempts: int) -> None:
        """Adds a reply.

        Raises:
            RewardClientError: `protocol` where another model answered than before (servers behind
                one address that differ, or one that was exchanged): such scores cannot be compared.
        """
        self._require_same(reply)
        record = RequestRecord(reply.id, attempts, len(batch), reply.usage, reply.timing_ms)
        self._requests.append(record)
        for item, rewards in zip(batch, reply.items, strict=True):
            self._outcomes[item.index] = rewards

    def refuse(self, items: Batch, error: RewardClientError) -> None:
        """Sets the error of items."""
        for item in items:
            self._outcomes[item.index] = error

    @property
    def facts(self) -> CallFacts | None:
        """None where no request was answered."""
        if self._first is None:
            return None
        usages = [request.usage for request in self._requests]
        total = Usage(
            sum(usage.tokens for usage in usages),
            sum(usage.computed_tokens for usage in usages),
            sum(usage.cached_tokens for usage in usages),
        )
        return CallFacts(self._first.model, self._first.credit, total, tuple(self._requests))

    def each(self) -> EachResult:
        """The outcomes of all items; a call ends with one for each."""
        outcomes = tuple(outcome for outcome in self._outcomes if outcome is not None)
        if len(outcomes) != len(self._outcomes):
            raise RuntimeError("Cannot finish as an item has no outcome")
        return EachResult(outcomes, self.facts)

    def all(self) -> RewardResult:
        """The rewards of all items, of a call in which none was refused."""
        result = self.each()
        for item in result.items:
            if isinstance(item, RewardClientError):
                raise item
        items = tuple(item for item in result.items if isinstance(item, ItemRewards))
        if result.facts is None:
            raise RuntimeError("Cannot finish as nothing was answered")
        facts = result.facts
        return RewardResult(facts.model, facts.credit, facts.usage, facts.requests, items)

    def _require_same(self, reply: BatchRewards) -> None:
        first = self._first = self._first or reply
        if (reply.model, reply.credit) != (first.model, first.credit):
            raise RewardClientError(
                "protocol",
                f"Cannot merge answers as all must be of {_name(first)}: received {_name(reply)}",
            )


def _name(reply: BatchRewards) -> str:
    credit = reply.credit
    units = "" if credit.unit is None else f", {credit.unit} paid {credit.pay}"
    return f"{reply.model}, {credit.method} with beta {credit.beta}{units}"
