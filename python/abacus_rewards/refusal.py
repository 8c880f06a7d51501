"""The error of an unsuccessful answer: the server's own, or that of a proxy before it. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast, get_args

from .answer import beginning
from .errors import ClientErrorKind, RewardClientError, WireErrorKind

_KIND_BY_STATUS: dict[int, ClientErrorKind] = {
    401: "unauthorized",
    403: "unauthorized",
    404: "unknown_route",
    405: "unknown_route",
    413: "too_large",
    415: "unsupported_media_type",
    429: "overloaded",
    502: "network",
    503: "overloaded",
    504: "deadline_exceeded",
}
"""The kind of a status, for bodies of a proxy and for kinds that only a newer server knows."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An unsuccessful answer; `location` is a redirect's."""

    status: int
    text: str
    url: str
    location: str | None
    request_id: str | None
    retry_after_s: float | None


def refusal_of(refusal: Refusal) -> RewardClientError:
    """The error of an answer."""
    sent = _error_body(refusal.text)
    if sent is not None:
        return _told(refusal, sent)
    if 300 <= refusal.status < 400:
        return _redirected(refusal)
    return RewardClientError(
        _kind_of(refusal.status),
        f"Cannot use the answer of {refusal.url} as it is neither a success nor an error of "
        f"Abacus: received status {refusal.status}, {beginning(refusal.text)}",
        status=refusal.status,
        request_id=refusal.request_id,
        retry_after_s=refusal.retry_after_s,
    )


def _told(refusal: Refusal, sent: dict[str, Any]) -> RewardClientError:
    """The server's own error; a newer one may have other kinds, an older one fewer fields."""
    kind, path, request_id = sent["kind"], sent.get("path"), sent.get("request_id")
    is_known = kind in get_args(WireErrorKind)
    return RewardClientError(
        cast(ClientErrorKind, kind) if is_known else _kind_of(refusal.status),
        sent["message"],
        status=refusal.status,
        path=path if isinstance(path, str) else None,
        request_id=request_id if isinstance(request_id, str) else refusal.request_id,
        retry_after_s=refusal.retry_after_s,
    )


def _redirected(refusal: Refusal) -> RewardClientError:
    """Following it would turn a POST into a GET, or send key and texts to another server."""
    to = "a redirect" if refusal.location is None else f"a redirect to {refusal.location}"
    return RewardClientError(
        "protocol",
        f"Cannot ask {refusal.url} as it is not the server itself (give the client the final "
        f"address): received {to}",
        status=refusal.status,
    )


def _kind_of(status: int) -> ClientErrorKind:
    return _KIND_BY_STATUS.get(status, "protocol")


def _error_body(text: str) -> dict[str, Any] | None:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return None
    is_whole = isinstance(error.get("kind"), str) and isinstance(error.get("message"), str)
    return error if is_whole else None
