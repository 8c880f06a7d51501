"""Whether a failed request is sent again, and after which pause. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from .errors import RewardClientError

FIRST_S = 0.5
"""The bound of the first pause. It doubles with each attempt; pauses are half of it on average."""

LONGEST_S = 30.0
"""The largest bound, unless the server asks for a longer pause."""


def is_transient(error: RewardClientError) -> bool:
    """Whether the same request may succeed later.

    The server was not reached, by this client or by a proxy (502), or it or the proxy was too busy.
    Scoring has no side effects, so a request may be sent twice. Any other refusal would be the same
    again.
    """
    return error.kind == "network" or error.status in (503, 504)


def pause_s(
    attempts: int, *, random: float, retry_after_s: float | None, max_retry_after_s: float
) -> float:
    """Seconds before the next attempt: exponential backoff with full jitter.

    Jitter is a random time between zero and the bound, so that clients that failed together do not
    return together. The pause that the server asked for comes first, and the jitter is added to it.

    Args:
        attempts: how many times the request was sent.
        random: a number in [0, 1).
        retry_after_s: the pause that the server asked for.
        max_retry_after_s: the longest that it may ask for.
    """
    bound = LONGEST_S if attempts > 10 else min(LONGEST_S, FIRST_S * 2 ** (attempts - 1))
    return min(retry_after_s or 0.0, max_retry_after_s) + random * bound


def read_retry_after(header: str | None, now: datetime) -> float | None:
    """Reads a `Retry-After` header: seconds, or a date (RFC 9110, section 10.2.3).

    Args:
        header: its text, if there is one.
        now: the time of day, with its zone.

    Returns:
        Seconds, not negative; None where there is no header or it is neither.
    """
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]+", text):
        return float(text)
    if not re.search(r"[A-Za-z]{3}", text):
        return None
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    # The oldest of the three forms is UTC without saying so.
    at = at if at.tzinfo else at.replace(tzinfo=timezone.utc)
    return max(0.0, (at - now).total_seconds())
