"""The options of a client, and their defaults."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from .items import CreditChoice, Encoding


@dataclass(frozen=True, kw_only=True)
class ClientOptions:
    """How a client asks. Times are in seconds.

    Attributes:
        api_key: the server's key, if it needs one.
        model: the model that must answer; None for the server's first.
        credit: how scores are spread; None for the server's way.
        encoding: `json` keeps float64, `base64` rounds to float32 in a third of the bytes.
        max_items_per_request: the most items of one request.
        max_completions_per_request: the most completions; an item with more is sent alone.
        max_bytes_per_request: the most bytes; a larger item is sent alone.
        max_bytes_per_answer: the most bytes of one answer, unpacked.
        concurrency: the most requests of one call at a time.
        retries: how many times a failed request is sent again.
        max_retry_after_s: the longest pause that a server's `Retry-After` can ask for.
        timeout_s: the budget of a call with all its requests and retries; `math.inf` for none.
        uniform: a random number in [0, 1), for the jitter of pauses.
    """

    api_key: str | None = None
    model: str | None = None
    credit: CreditChoice | None = None
    encoding: Encoding = "base64"
    max_items_per_request: int = 64
    max_completions_per_request: int = 1_024
    max_bytes_per_request: int = 8_000_000
    max_bytes_per_answer: int = 2**28
    concurrency: int = 4
    retries: int = 5
    max_retry_after_s: float = 60.0
    timeout_s: float = 600.0
    uniform: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        """Raises ValueError that names the wrong option."""
        if self.encoding not in ("base64", "json"):
            raise wrong("encoding", "must be 'base64' or 'json'", self.encoding)
        if self.api_key is not None and not re.fullmatch(r"[\x21-\x7e]+", self.api_key):
            # The key is not shown: it may be the right one with a line break at its end.
            shown = f"{len(self.api_key)} characters"
            raise wrong("api_key", "must be of visible ASCII characters", shown)
        for name in _COUNTS:
            _check_whole(name, getattr(self, name), least=1)
        _check_whole("retries", self.retries, least=0)
        if not self.max_retry_after_s >= 0:
            raise wrong("max_retry_after_s", "must not be negative", self.max_retry_after_s)
        check_timeout(self.timeout_s)


_COUNTS = (
    "max_items_per_request",
    "max_completions_per_request",
    "max_bytes_per_request",
    "max_bytes_per_answer",
    "concurrency",
)


def check_timeout(timeout_s: float) -> float:
    """The timeout, if it is a positive number; infinity is one. Raises ValueError otherwise."""
    if timeout_s > 0 and not math.isnan(timeout_s):
        return timeout_s
    raise wrong("timeout_s", "must be a positive number of seconds", timeout_s)


def base_of(url: str) -> str:
    """The address beneath which the API lies: without a query, with a slash at its end.

    Raises ValueError where it is no address of HTTP, or holds a password.
    """
    try:
        base = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        raise wrong("url", "must be an address such as http://127.0.0.1:8080", url) from None
    if base.scheme not in ("http", "https") or not base.host:
        raise wrong("url", "must be an address such as http://127.0.0.1:8080", url)
    if base.userinfo:
        raise wrong("url", "must not hold a password; give the key as api_key", base.host)
    plain = str(base.copy_with(query=None, fragment=None))
    return plain if plain.endswith("/") else f"{plain}/"


def wrong(name: str, fault: str, received: object) -> ValueError:
    """The error for an option that cannot be right."""
    return ValueError(f"Cannot make a client as '{name}' {fault}: received {received}")


def _check_whole(name: str, value: object, *, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise wrong(name, f"must be an integer of at least {least}", value)
