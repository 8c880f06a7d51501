"""The error that every call of the client raises."""

from __future__ import annotations

from typing import Literal

WireErrorKind = Literal[
    "invalid_request",
    "unauthorized",
    "unknown_model",
    "unknown_route",
    "unsupported_media_type",
    "too_large",
    "too_long",
    "overloaded",
    "deadline_exceeded",
    "cancelled",
    "model_failure",
]
"""The kinds of failure that a server tells of."""

ClientErrorKind = WireErrorKind | Literal["network", "timeout", "protocol", "aborted"]
"""The kinds of the server, and four of the client.

- `network`: no answer arrived, or the connection broke; a proxy could not reach the server (502)
- `timeout`: the call's own `timeout_s` has passed
- `protocol`: the answer is not one of an Abacus server, or it cannot be right
- `aborted`: the client was closed while the call was under way
"""


class RewardClientError(Exception):
    """A failure with its kind. The message says what could not be done, why, and what was received.

    Attributes:
        kind: see `ClientErrorKind`.
        message: the text of the error.
        status: the HTTP status of the answer; None where none arrived.
        path: where in the items of the call, as in `items[105].completions[2]`.
        request_id: the id of the request in the server's log.
        attempts: how many times the request was sent.
        retry_after_s: the pause in seconds that the server asked for; None where it asked for none.
    """

    def __init__(
        self,
        kind: ClientErrorKind,
        message: str,
        *,
        status: int | None = None,
        path: str | None = None,
        request_id: str | None = None,
        attempts: int = 0,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind: ClientErrorKind = kind
        self.message = message
        self.status = status
        self.path = path
        self.request_id = request_id
        self.attempts = attempts
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross processes, as those of Ray's workers do, with all that they carry."""
        return (RewardClientError, (self.kind, self.message), self.__dict__)

    def answered(self, *, status: int | None, request_id: str | None) -> RewardClientError:
        """The same error, of the answer with this status and id."""
        self.status, self.request_id = status, request_id
        return self

    def placed(self, path: str, message: str) -> RewardClientError:
        """A copy that names another place, as one error may stand for many items."""
        return RewardClientError(
            self.kind,
            message,
            status=self.status,
            path=path,
            request_id=self.request_id,
            attempts=self.attempts,
            retry_after_s=self.retry_after_s,
        )
