"""The time of one call, which all its requests, reads and pauses share."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable
from typing import TypeVar

from .errors import RewardClientError

T = TypeVar("T")


class Budget:
    """Seconds that a call has, from its start; infinity for no end."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._end = time.monotonic() + timeout_s

    @property
    def left_s(self) -> float:
        """Seconds until the end."""
        return self._end - time.monotonic()

    def expired(self, attempts: int = 0) -> RewardClientError:
        """The error of a call whose time has passed."""
        message = f"Cannot finish as its {self._timeout_s:g} s have passed"
        return RewardClientError("timeout", message, attempts=attempts)

    async def race(self, work: Awaitable[T]) -> T:
        """The outcome of `work`, which is cancelled at the end. Raises `timeout` there."""
        left_s = self.left_s
        try:
            return await asyncio.wait_for(work, None if math.isinf(left_s) else max(left_s, 0.0))
        except (asyncio.TimeoutError, TimeoutError):
            raise self.expired() from None
