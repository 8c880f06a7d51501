"""Where a policy's tokens lie in the text of a completion, as `token_spans` of an item.

Spans are `[start, end)` in Unicode code points, one per token: they cover the text, never run
backwards, and a token without text of its own (the end of the sequence, another special token) has
a span of no width where it stands. Tokens that hold a part of a character have its span.
"""

from .alignment import Alignment, AlignmentError, Span
from .decoding import PolicyTokenizer, align
from .offsets import align_offsets
from .pieces import align_pieces

__all__ = [
    "Alignment",
    "AlignmentError",
    "PolicyTokenizer",
    "Span",
    "align",
    "align_offsets",
    "align_pieces",
]
