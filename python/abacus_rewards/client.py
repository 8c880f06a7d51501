"""RewardClient: the same client for callers without an event loop.

It runs `AsyncRewardClient` in a thread of its own, so that there is one implementation, and so that
a call ends within its time whatever the server does.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

from .async_client import AsyncRewardClient
from .loop_thread import LoopThread
from .options import ClientOptions

Arguments = ParamSpec("Arguments")
T = TypeVar("T")


def blocking(
    method: Callable[Concatenate[AsyncRewardClient, Arguments], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[RewardClient, Arguments], T]:
    """The same method for callers without a loop, with its arguments, types and documentation."""

    @wraps(method)
    def call(self: RewardClient, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> T:
        return self._thread.run(method(self._client, *args, **kwargs))

    return call


class RewardClient:
    """A client of one Abacus server, which any number of threads may share.

    It keeps connections, so close it (`close`, or `with`); one that nothing refers to any more
    closes itself. Its methods are those of `AsyncRewardClient`, with the same arguments and errors.
    """

    def __init__(self, url: str, options: ClientOptions | None = None, **fields: Any) -> None:
        self._client = AsyncRewardClient(url, options, **fields)
        self._thread = LoopThread()
        # A process that ends takes threads and sockets with it.
        weakref.finalize(self, _leave, self._thread, self._client).atexit = False

    @property
    def url(self) -> str:
        """The server's address, with a slash at its end."""
        return self._client.url

    @property
    def options(self) -> ClientOptions:
        """How the client asks."""
        return self._client.options

    score = blocking(AsyncRewardClient.score)
    score_each = blocking(AsyncRewardClient.score_each)
    models = blocking(AsyncRewardClient.models)
    ready = blocking(AsyncRewardClient.ready)
    until_ready = blocking(AsyncRewardClient.until_ready)

    def close(self) -> None:
        """Aborts calls under way and closes the connections; a later call opens new ones."""
        self._thread.close(self._client.aclose())

    def __enter__(self) -> RewardClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _leave(thread: LoopThread, client: AsyncRewardClient) -> None:
    """Garbage may be collected in any thread, at any time, so that nothing waits here."""
    thread.leave(client.aclose())
