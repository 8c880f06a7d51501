"""Alignment of sampled ids with a tokenizer, by decoding them step by step.

Sampled ids need not be those that their text would be encoded to, so offset mappings say nothing of
them. Instead a few ids at a time are decoded, as servers do that stream text: what a token adds to
the text of the ids before it is its own. Any tokenizer will do that has `decode`, fast or slow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from .alignment import Alignment, AlignmentError, Span, checked, differs, require_unicode

LONGEST_CHARACTER = 64
"""The most tokens that may hold parts of one stretch of text; a character has at most 4 bytes."""

REPLACEMENT = "\ufffd"
"""What decoders write for bytes that are no character, or not yet one."""


class PolicyTokenizer(Protocol):
    """What is needed of a tokenizer of transformers."""

    @property
    def all_special_ids(self) -> Sequence[int]:
        """The ids of its special tokens."""

    def decode(self, token_ids: Any, /, **options: Any) -> Any:
        """The text of ids; takes `skip_special_tokens` and `clean_up_tokenization_spaces`."""


def align(
    tokenizer: PolicyTokenizer,
    token_ids: Iterable[int],
    *,
    text: str | None = None,
    prompt_ids: Iterable[int] = (),
) -> Alignment:
    """Aligns the ids that a policy wrote.

    Special tokens are left out of the text and have a span of no width where they stand: at
    the end, that of the end of the sequence.

    Args:
        tokenizer: the policy's.
        token_ids: (tokens,), a completion as it was sampled, without padding.
        text: what the trainer made of it; by default it is decoded, without clean-up of spaces.
        prompt_ids: ids before the completion. With them a completion that begins with a space keeps
            it, which tokenizers in the manner of sentencepiece drop at the beginning of a text.

    Returns:
        The text to send and one span per id.

    Raises:
        AlignmentError: where the text is not what the ids decode to, with the token and the place;
            for a tokenizer without a decoder.
    """
    _require_decoder(tokenizer)
    special = _special_ids(tokenizer)
    ids = [int(each) for each in token_ids]
    written = [each for each in ids if each not in special]
    before = [int(each) for each in prompt_ids if int(each) not in special]
    decoder = _Decoder(tokenizer, before, written)
    whole = decoder.whole() if text is None else text
    require_unicode(whole)
    places = [i for i, each in enumerate(ids) if each not in special]
    spans = iter(_walk(decoder, whole, places))
    return checked(whole, _with_special(ids, special, spans))


def _with_special(ids: Sequence[int], special: frozenset[int], spans: Iterator[Span]) -> list[Span]:
    """The spans of all ids, from those of the ids that have text."""
    result: list[Span] = []
    start, end = 0, 0
    for each in ids:
        first, stop = (end, end) if each in special else next(spans)
        start, end = max(start, first), stop  # a special token may part the bytes of a character
        result.append((start, end))
    return result


class _Decoder:
    """Decodes stretches of ids, each with one stretch before it that is settled already.

    The completion is decoded behind an id of its prompt, so that it keeps the space that it begins
    with, and behind no more of it: what is cut in the midst of a character, or ends in bytes that
    the completion's go on with, would be read together with the completion as no characters at all.
    """

    def __init__(
        self, tokenizer: PolicyTokenizer, prompt: list[int], completion: list[int]
    ) -> None:
        self._tokenizer = tokenizer
        before = self._before(prompt, completion)
        self._ids = before + completion
        self.first = len(before)
        """The index of the completion's first id; those before it are the prompt's."""

    def text(self, start: int, stop: int) -> str:
        """The text of ids [start, stop)."""
        return self._decoded(self._ids[start:stop])

    def whole(self) -> str:
        """The text of the completion."""
        return self.text(0, len(self._ids))[len(self.text(0, self.first)) :]

    def _before(self, prompt: list[int], completion: list[int]) -> list[int]:
        """The last id of the prompt that ends a text which the completion continues.

        It stands there twice, as decoders drop a lone space at the beginning. Without such an id
        the completion stands alone.
        """
        for each in dict.fromkeys(reversed(prompt)):
            text = self._decoded([each, each])
            is_whole = text != "" and not text.endswith(REPLACEMENT)
            if is_whole and self._decoded([each, each, *completion]).startswith(text):
                return [each, each]
        return []

    def _decoded(self, ids: list[int]) -> str:
        """Their text without clean-up, which changes texts behind itself."""
        options = {"skip_special_tokens": False, "clean_up_tokenization_spaces": False}
        return str(self._tokenizer.decode(ids, **options)) if ids else ""


def _walk(decoder: _Decoder, text: str, places: Sequence[int]) -> list[Span]:
    """The spans of ids that have text.

    A stretch of ids is settled once what it adds stands in the text; until then its ids hold parts
    of a character.

    Args:
        decoder: of the completion, behind an id of its prompt.
        text: the whole that the ids must make.
        places: the index of each among all ids, for messages.
    """
    spans: list[Span] = []
    anchor, settled, end, partial = 0, decoder.first, 0, 0
    known = decoder.text(anchor, settled)
    for stop in range(decoder.first + 1, decoder.first + len(places) + 1):
        longer = decoder.text(anchor, stop)
        goes_on = longer.startswith(known)
        added = longer[len(known) :] if goes_on else longer
        if goes_on and text.startswith(added, end):
            spans.append(_with_a_part(text, end + partial, end + len(added)))
            end += len(added)
            # Bytes that are no character may still be the beginning of a longer stretch of them.
            anchor = anchor if longer.endswith(REPLACEMENT) else settled
            settled, partial = stop, 0
            known = decoder.text(anchor, settled)
            continue
        is_last = stop == decoder.first + len(places)
        if is_last or stop - settled >= LONGEST_CHARACTER:
            first = settled - decoder.first
            raise differs(text, end, places[first], added)
        before = partial
        partial = max(partial, _common(text, end, added)) if goes_on else partial
        spans.append((end + before, min(end + partial + 1, len(text))))
    return spans


def _with_a_part(text: str, start: int, stop: int) -> Span:
    """Bytes that add nothing to a character that is none are a part of it."""
    is_part = start == stop and text[:stop].endswith(REPLACEMENT)
    return (start - 1, stop) if is_part else (start, stop)


def _common(text: str, start: int, added: str) -> int:
    """How many characters of `added` stand in the text at `start`."""
    pairs = enumerate(zip(text[start : start + len(added)], added, strict=False))
    count = min(len(text) - start, len(added))
    return next((i for i, (one, other) in pairs if one != other), count)


def _require_decoder(tokenizer: PolicyTokenizer) -> None:
    """A fast tokenizer without a decoder puts a space between any two tokens, of a word as well."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or getattr(backend, "decoder", None) is not None:
        return
    if type(backend.model).__name__ != "WordLevel":
        raise AlignmentError(
            "Cannot align as the tokenizer must have a decoder, without which its texts have a "
            "space between all tokens: received null as 'decoder' of its tokenizer.json",
            token=None,
            position=0,
        )


def _special_ids(tokenizer: PolicyTokenizer) -> frozenset[int]:
    """Those that it names, and those that were added to it as special."""
    added = getattr(tokenizer, "added_tokens_decoder", {})
    decoder: Mapping[int, Any] = added if isinstance(added, Mapping) else {}
    others = (each for each, token in decoder.items() if getattr(token, "special", False))
    return frozenset(tokenizer.all_special_ids) | frozenset(others)
