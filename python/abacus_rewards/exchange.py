"""One request and its answer, with retries."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal, TypeVar

import httpx

from .answer import parse_answer
from .budget import Budget
from .checks import Placed
from .errors import RewardClientError
from .options import ClientOptions
from .refusal import Refusal, refusal_of
from .retry import is_transient, pause_s, read_retry_after

T = TypeVar("T")

DEADLINE_HEADER = "x-abacus-deadline-ms"
"""The header that tells a server how long an answer is worth waiting for."""

MOST_DEADLINE_MS = 86_400_000
"""A day, the longest deadline that a server takes."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request, before the client's settings are added.

    Attributes:
        path: beneath the server's address, as in `v1/rewards`.
        also_reads: a status besides 200 whose body is an answer.
    """

    method: Literal["GET", "POST"]
    path: str
    body: bytes | None = None
    also_reads: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer."""

    value: Any
    status: int
    request_id: str | None
    attempts: int

    def read(self, reader: Callable[[Placed], T]) -> T:
        """What `reader` makes of it; its error gets the answer's details."""
        try:
            return reader(Placed(self.value))
        except RewardClientError as error:
            error.attempts = self.attempts
            raise error.answered(status=self.status, request_id=self.request_id) from None


@dataclass(frozen=True, slots=True)
class Exchange:
    """Asks one server within the budget of one call.

    Attributes:
        http: the connections; redirects are not followed.
        base: the server's address, with a slash at its end.
    """

    http: httpx.AsyncClient
    base: str
    options: ClientOptions
    budget: Budget

    async def ask(self, question: Question, *, retries: int | None = None) -> Answer:
        """Sends a request until there is an answer, or a failure that another try cannot mend.

        Raises:
            RewardClientError: the last failure, also where no time is left for the next pause.
        """
        most = self.options.retries if retries is None else retries
        attempts = 0
        while True:
            # A request that was not sent is no attempt.
            if self.budget.left_s <= 0:
                raise self.budget.expired(attempts)
            attempts += 1
            try:
                return await self._once(question, attempts)
            except RewardClientError as error:
                error.attempts = attempts
                pause = self._pause_s(error, attempts)
                is_last = attempts > most or pause >= self.budget.left_s
                if is_last or not is_transient(error):
                    raise
            await asyncio.sleep(pause)

    def _pause_s(self, error: RewardClientError, attempts: int) -> float:
        return pause_s(
            attempts,
            random=self.options.uniform(),
            retry_after_s=error.retry_after_s,
            max_retry_after_s=self.options.max_retry_after_s,
        )

    async def _once(self, question: Question, attempts: int) -> Answer:
        response = await self._send(question)
        status, headers = response.status_code, response.headers
        request_id = headers.get("x-request-id")
        try:
            content = await self.budget.race(self._read(response))
            if status in (200, question.also_reads):
                value = parse_answer(content, headers.get("content-type"))
                return Answer(value, status, request_id, attempts)
        except RewardClientError as error:
            # The status is enough where the body of a refusal cannot be read.
            if error.kind == "timeout":
                raise
            if status in (200, question.also_reads):
                raise error.answered(status=status, request_id=request_id) from None
            content = b""
        finally:
            await response.aclose()
        raise refusal_of(
            Refusal(
                status=status,
                text=content.decode("utf-8", "replace"),
                url=self.base + question.path,
                location=headers.get("location"),
                request_id=request_id,
                retry_after_s=read_retry_after(
                    headers.get("retry-after"), datetime.now(timezone.utc)
                ),
            )
        )

    async def _send(self, question: Question) -> httpx.Response:
        url = self.base + question.path
        try:
            request = self.http.build_request(
                question.method, url, content=question.body, headers=self._headers(question)
            )
            return await self.budget.race(self.http.send(request, stream=True))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as cause:
            reason = str(cause) or type(cause).__name__
            message = f"Cannot reach {url} as {reason}"
            raise RewardClientError("network", message) from cause

    def _headers(self, question: Question) -> dict[str, str]:
        headers = {"accept": "application/json"}
        if question.body is not None:
            headers["content-type"] = "application/json"
            if not math.isinf(self.budget.left_s):
                left_ms = min(max(1, int(1_000 * self.budget.left_s)), MOST_DEADLINE_MS)
                headers[DEADLINE_HEADER] = str(left_ms)
        if self.options.api_key is not None:
            headers["authorization"] = f"Bearer {self.options.api_key}"
        return headers

    async def _read(self, response: httpx.Response) -> bytes:
        """Counts the unpacked bytes as they arrive: the length may be absent or wrong."""
        most = self.options.max_bytes_per_answer
        content = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > most:
                    message = f"Cannot read the answer as it may have at most {most} bytes"
                    raise RewardClientError("protocol", f"{message}: received more")
        except (httpx.HTTPError, httpx.StreamError, OSError) as cause:
            reason = str(cause) or type(cause).__name__
            message = f"Cannot read the answer as the connection broke: {reason}"
            raise RewardClientError("network", message) from cause
        return bytes(content)
