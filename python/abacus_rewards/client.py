"""RewardClient: the same client for callers without an event loop.

It runs `AsyncRewardClient` in a thread of its own, so that there is one implementation, and so that
a call ends within its time whatever the server does.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from .async_client import AsyncRewardClient
from .items import Close, CreditChoice, RewardItem, Truncate
from .loop_thread import LoopThread
from .models import ModelFacts
from .options import ClientOptions
from .tally import EachResult, RewardResult


class RewardClient:
    """A client of one Abacus server, which any number of threads may share.

    It keeps connections, so close it (`close`, or `with`). See `AsyncRewardClient` for the
    arguments and errors of each method.
    """

    def __init__(self, url: str, options: ClientOptions | None = None, **fields: Any) -> None:
        self._client = AsyncRewardClient(url, options, **fields)
        self._thread = LoopThread()

    @property
    def url(self) -> str:
        """The server's address, with a slash at its end."""
        return self._client.url

    @property
    def options(self) -> ClientOptions:
        """How the client asks."""
        return self._client.options

    def score(
        self,
        items: Sequence[RewardItem],
        *,
        credit: CreditChoice | None = None,
        model: str | None = None,
        truncate: Truncate | None = None,
        close: Close | None = None,
        timeout_s: float | None = None,
    ) -> RewardResult:
        """Scores all items, in as many requests as needed, or fails as a whole."""
        return self._thread.run(
            self._client.score(
                items,
                credit=credit,
                model=model,
                truncate=truncate,
                close=close,
                timeout_s=timeout_s,
            )
        )

    def score_each(
        self,
        items: Sequence[RewardItem],
        *,
        credit: CreditChoice | None = None,
        model: str | None = None,
        truncate: Truncate | None = None,
        close: Close | None = None,
        timeout_s: float | None = None,
    ) -> EachResult:
        """Scores every item that can be scored; the others have their error."""
        return self._thread.run(
            self._client.score_each(
                items,
                credit=credit,
                model=model,
                truncate=truncate,
                close=close,
                timeout_s=timeout_s,
            )
        )

    def models(self, *, timeout_s: float | None = None) -> tuple[ModelFacts, ...]:
        """The loaded models, with their limits and credit methods, the default first."""
        return self._thread.run(self._client.models(timeout_s=timeout_s))

    def ready(self, *, timeout_s: float | None = None) -> bool:
        """Whether the server can score now. Sends one request."""
        return self._thread.run(self._client.ready(timeout_s=timeout_s))

    def until_ready(self, *, timeout_s: float | None = None, interval_s: float = 0.5) -> None:
        """Waits until the server can score, also where it does not listen yet."""
        self._thread.run(self._client.until_ready(timeout_s=timeout_s, interval_s=interval_s))

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
