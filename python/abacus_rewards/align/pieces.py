"""Alignment of tokens that are given as pieces of the text, or of its bytes."""

from __future__ import annotations

from collections.abc import Sequence

from .alignment import Alignment, Span, checked, differs


def align_pieces(pieces: Sequence[str | bytes], text: str | None = None) -> Alignment:
    """Aligns tokens whose pieces, put together, are the text.

    Args:
        pieces: one per token, all texts or all bytes of UTF-8; an empty one has no text.
        text: what they must make; by default what they make.

    Raises:
        AlignmentError: where they make another text, with the token and the place.
    """
    if any(isinstance(piece, bytes) for piece in pieces):
        made, spans = _of_bytes([_as_bytes(piece) for piece in pieces])
    else:
        made, spans = _of_texts([str(piece) for piece in pieces])
    if text is not None and text != made:
        position = _common(text, made)
        token = next((i for i, (_, end) in enumerate(spans) if end > position), len(spans) - 1)
        raise differs(text, position, max(token, 0), made[position:])
    return checked(made, spans)


def _of_texts(pieces: Sequence[str]) -> tuple[str, list[Span]]:
    spans, end = [], 0
    for piece in pieces:
        spans.append((end, end + len(piece)))
        end += len(piece)
    return "".join(pieces), spans


def _of_bytes(pieces: Sequence[bytes]) -> tuple[str, list[Span]]:
    """A piece covers every character that one of its bytes belongs to."""
    text, owners = _characters(b"".join(pieces))
    spans, at = [], 0
    for piece in pieces:
        if piece:
            spans.append((owners[at], owners[at + len(piece) - 1] + 1))
        else:
            end = spans[-1][1] if spans else 0
            spans.append((end, end))
        at += len(piece)
    return text, spans


def _characters(content: bytes) -> tuple[str, list[int]]:
    """The text of bytes, wrong ones replaced by U+FFFD, and the character of each byte."""
    parts: list[str] = []
    owners: list[int] = []
    count, at = 0, 0
    while at < len(content):
        end, wrong = _valid_until(content, at)
        part = content[at:end].decode("utf-8")
        for character in part:
            owners += [count] * len(character.encode("utf-8"))
            count += 1
        if wrong > end:
            part += "\ufffd"
            owners += [count] * (wrong - end)
            count += 1
        parts.append(part)
        at = wrong
    return "".join(parts), owners


def _valid_until(content: bytes, start: int) -> tuple[int, int]:
    """Where the valid bytes from `start` end, and where the wrong ones behind them do."""
    try:
        content[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        return start + error.start, start + error.end
    return len(content), len(content)


def _as_bytes(piece: str | bytes) -> bytes:
    return piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogatepass")


def _common(one: str, other: str) -> int:
    """The length of the longest common beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
