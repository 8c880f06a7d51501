"""Alignment of tokens by the offset mapping of a fast tokenizer that encoded the text."""

from __future__ import annotations

from collections.abc import Sequence

from .alignment import Alignment, Span, checked


def align_offsets(offsets: Sequence[Sequence[int]], text: str) -> Alignment:
    """Aligns the tokens that a fast tokenizer made of a text.

    Offset mappings leave out white space that a tokenizer drops; it goes to the token behind it, at
    the end to the last token. Special tokens, which have (0, 0), stand where they are.

    Args:
        offsets: `offset_mapping` of the tokenizer, one per token, in code points.
        text: what was encoded.

    Raises:
        AlignmentError: where offsets run backwards or do not lie in the text.
    """
    spans: list[Span] = []
    end = 0
    for given in offsets:
        start, stop = int(given[0]), int(given[1])
        if start == stop:
            start = stop = end  # a token without text
        spans.append((min(start, end), stop))
        end = stop
    covered = [*spans, (end, max(end, len(text)))]  # with what follows the last token
    checked(text, covered)
    return checked(text, _to_the_end(spans, len(text)))


def _to_the_end(spans: list[Span], length: int) -> list[Span]:
    """The last token with text reaches to the end, and tokens without text behind it follow."""
    last = next((i for i in reversed(range(len(spans))) if spans[i][0] < spans[i][1]), None)
    if last is None:
        return spans
    closing = [(length, length)] * (len(spans) - last - 1)
    return [*spans[:last], (spans[last][0], max(spans[last][1], length)), *closing]
