"""The thread that runs an event loop for callers without one, and its end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from abacus_rewards import RewardClientError
from abacus_rewards.loop_thread import LoopThread

LONG_S = 30.0
"""Far longer than anything here takes, as the machine may be busy."""


async def nothing() -> None:
    pass


def test_a_call_that_meets_the_end_is_aborted_or_runs_in_a_new_loop() -> None:
    """The call has its loop, and is held where it would be given to it; then the end comes."""
    thread = LoopThread()
    thread.run(nothing())
    has_loop, may_go_on = threading.Event(), threading.Event()
    running: Callable[[], Any] = thread._running

    def held() -> Any:
        loop = running()
        has_loop.set()
        may_go_on.wait(LONG_S)
        return loop

    thread._running = held  # type: ignore[method-assign]
    with ThreadPoolExecutor(2) as pool:
        call = pool.submit(lambda: thread.run(nothing()))
        assert has_loop.wait(LONG_S)
        end = pool.submit(lambda: thread.close(nothing()))
        time.sleep(0.2)  # in which an end that waits for nobody would be over
        may_go_on.set()
        end.result(LONG_S)
        assert call.exception(LONG_S) is None or is_aborted(call.exception())


def is_aborted(error: BaseException | None) -> bool:
    return isinstance(error, RewardClientError) and error.kind == "aborted"


def test_work_that_begins_during_the_end_does_not_wait_for_ever() -> None:
    thread = LoopThread()
    thread.run(nothing())
    begun: list[asyncio.Task[None]] = []

    async def last() -> None:
        begun.append(asyncio.ensure_future(asyncio.sleep(LONG_S)))
        await asyncio.sleep(0)

    thread.close(last())
    assert begun[0].cancelled()


def test_calls_of_many_threads_end_though_another_closes_again_and_again() -> None:
    thread = LoopThread()
    told: list[str] = []

    def calls() -> None:
        for _ in range(100):
            try:
                thread.run(asyncio.sleep(0.001))
                told.append("done")
            except RewardClientError as error:
                told.append(error.kind)

    callers = [threading.Thread(target=calls, daemon=True) for _ in range(4)]
    for each in callers:
        each.start()
    until = time.monotonic() + LONG_S
    while any(each.is_alive() for each in callers) and time.monotonic() < until:
        thread.close(nothing())
    assert len(told) == 400
    assert set(told) <= {"done", "aborted"}


def test_an_end_that_fails_is_told_and_stops_the_thread() -> None:
    thread = LoopThread()
    thread.run(nothing())
    loop = thread._loop
    assert loop is not None

    async def fails() -> None:
        raise OSError("no such connection")

    with pytest.raises(OSError, match="no such connection"):
        thread.close(fails())
    until = time.monotonic() + LONG_S
    while not loop.is_closed() and time.monotonic() < until:
        time.sleep(0.01)
    assert loop.is_closed()
    assert thread.run(asyncio.sleep(0, "again")) == "again"
    thread.close(nothing())
