"""One call of `score` or `score_each`, from items to outcomes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from .batches import Batch, WrittenItem, batches_of, write_item, write_request
from .errors import RewardClientError
from .exchange import Exchange, Question
from .items import RequestHead, RewardItem
from .recovery import Recover, place_error
from .reply_reader import read_reply
from .tally import Tally

Job = TypeVar("Job")


async def run_call(
    items: Sequence[RewardItem], head: RequestHead, exchange: Exchange, recover: Recover
) -> Tally:
    """Scores every item that the recovery does not refuse.

    Args:
        items: those of the call.
        head: the fields of every request besides its items.
        exchange: asks the server, within the call's budget.
        recover: what to do about a refused batch.

    Raises:
        RewardClientError: the first failure without a recovery; its path is in the call's items.
    """
    if len(items) == 0:
        message = "Cannot score as there must be an item: received an empty list"
        raise RewardClientError("invalid_request", message, path="items")
    tally = Tally(len(items))
    head_bytes = len(write_request([], head))

    async def score(batch: Batch) -> None:
        await _score_batch(batch, head, exchange, recover, tally)

    written = _write_items(items, recover, tally)
    batches = batches_of(written, exchange.options, head_bytes)
    await for_each_concurrently(batches, score, exchange.options.concurrency)
    return tally


def _write_items(items: Sequence[Any], recover: Recover, tally: Tally) -> Iterator[WrittenItem]:
    """Items as JSON. One that cannot be written is refused as if it had been sent by itself."""
    for index, each in enumerate(items):
        try:
            item = write_item(each, index)
        except RewardClientError as error:
            alone = [WrittenItem(index, b"", ())]
            if recover(error.placed("items[0]", error.message), alone) is None:
                raise
            tally.refuse(alone, error)
        else:
            yield item


async def _score_batch(
    batch: Batch, head: RequestHead, exchange: Exchange, recover: Recover, tally: Tally
) -> None:
    """Sends a batch and what remains of it until every item has its outcome."""
    waiting: list[Batch] = [batch]
    while waiting:
        current = waiting.pop(0)
        try:
            await _score_once(current, head, exchange, tally)
        except RewardClientError as error:
            recovery = recover(error, current)
            placed = place_error(error, current)
            if recovery is None:
                raise placed from error.__cause__
            tally.refuse(recovery.refused, placed)
            waiting = [*recovery.again, *waiting]


async def _score_once(batch: Batch, head: RequestHead, exchange: Exchange, tally: Tally) -> None:
    question = Question("POST", "v1/rewards", write_request(batch, head))
    answer = await exchange.ask(question)
    answer.read(lambda reply: tally.add(batch, read_reply(reply, batch, head), answer.attempts))


async def for_each_concurrently(
    jobs: Iterable[Job], work: Callable[[Job], Awaitable[None]], concurrency: int
) -> None:
    """Does `work` for every job, at most `concurrency` at a time.

    A job is taken when its work can begin, and none after a failure. The first failure ends the
    work in progress and is raised once none is; so does the cancellation of the caller.
    """
    queue = iter(jobs)

    async def worker() -> None:
        for job in queue:
            await work(job)

    workers = [asyncio.ensure_future(worker()) for _ in range(concurrency)]
    try:
        await asyncio.gather(*workers)
    finally:
        for each in workers:
            each.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
