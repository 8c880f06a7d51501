"""A text and the spans of its tokens, and the rules that every alignment keeps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[int, int]
"""A range `[start, end)` in code points."""


class AlignmentError(ValueError):
    """Tokens and text that do not belong together.

    Attributes:
        token: the index of the token where it shows; None where the text itself is at fault.
        position: the code point of the text where it shows.
    """

    def __init__(self, message: str, *, token: int | None, position: int) -> None:
        super().__init__(message)
        self.token = token
        self.position = position


@dataclass(frozen=True, slots=True)
class Alignment:
    """A completion to send, with the span of each of its tokens, in order."""

    text: str
    spans: list[Span]


def checked(text: str, spans: Sequence[Span]) -> Alignment:
    """The alignment, if it keeps the rules: spans cover the text and never run backwards.

    Raises:
        AlignmentError: also for a text that holds half of a surrogate pair, which is no Unicode.
    """
    require_unicode(text)
    start, end = 0, 0
    for token, span in enumerate(spans):
        if span[0] > end:
            raise _fault(f"nothing covers [{end}, {span[0]}) of the text", span, token, end)
        if span[0] < start or span[1] < end or span[1] > len(text):
            raise _fault("spans must go forward within the text", span, token, end)
        start, end = span
    if end < len(text):
        raise AlignmentError(
            f"Cannot align as the tokens' text ends at {end}: received a text of {len(text)} "
            f"characters, which goes on with {text[end : end + 20]!r}",
            token=None,
            position=end,
        )
    return Alignment(text, list(spans))


def require_unicode(text: str) -> None:
    """Raises AlignmentError for a lone surrogate, which UTF-8 cannot carry to a server."""
    found = re.search(r"[\ud800-\udfff]", text)
    if found is not None:
        raise AlignmentError(
            f"Cannot align as the text must be Unicode: received the surrogate "
            f"U+{ord(found[0]):04X} at {found.start()}",
            token=None,
            position=found.start(),
        )


def differs(text: str, position: int, token: int, received: str) -> AlignmentError:
    """The error for a token whose text is not what stands at its place."""
    expected = text[position : position + 20]
    return AlignmentError(
        f"Cannot align as token {token} must continue the text at {position} with {expected!r}: "
        f"received {received[:20]!r}",
        token=token,
        position=position,
    )


def _fault(reason: str, span: Span, token: int, position: int) -> AlignmentError:
    message = f"Cannot align as {reason}: received [{span[0]}, {span[1]}) of token {token}"
    return AlignmentError(message, token=token, position=position)
