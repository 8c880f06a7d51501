"""An event loop in a thread of its own, for callers without one."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from .errors import RewardClientError

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for any number of threads; it starts with the first, and anew in a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The outcome of `work`. Where the caller is interrupted, the work is cancelled.

        Raises:
            RewardClientError: `aborted` where the loop was closed meanwhile.
        """
        with self._lock:  # what has its loop before `close` takes that is ended by it
            future = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            return future.result()
        except CancelledError:
            message = "Cannot finish as the client was closed"
            raise RewardClientError("aborted", message) from None
        finally:
            future.cancel()

    def close(self, last: Coroutine[Any, Any, None]) -> None:
        """Ends all work, then runs `last` and stops the thread. A later call starts another."""
        ended = self.leave(last)
        if ended is not None:
            ended.result()

    def leave(self, last: Coroutine[Any, Any, None]) -> Future[None] | None:
        """The same without waiting, which the loop's own thread may call too; None if none runs."""
        with self._lock:
            loop, self._loop = self._loop, None
            if loop is None or self._pid != os.getpid():
                last.close()
                return None
            ended = asyncio.run_coroutine_threadsafe(_end(last), loop)
            ended.add_done_callback(lambda _: loop.call_soon_threadsafe(loop.stop))
            return ended

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None or self._pid != os.getpid():
            self._loop, self._pid = asyncio.new_event_loop(), os.getpid()
            threading.Thread(
                target=_serve, args=(self._loop,), name="abacus-rewards", daemon=True
            ).start()
        return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


async def _end(last: Coroutine[Any, Any, None]) -> None:
    await _cancel_others()
    try:
        await last
    finally:
        await _cancel_others()  # what began meanwhile would wait for ever once the loop stands


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
