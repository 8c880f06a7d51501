"""Alignment: real tokenizers, generated texts, and what does not belong together."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abacus_rewards.align import (
    Alignment,
    AlignmentError,
    align,
    align_offsets,
    align_pieces,
)

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
KINDS = ["byte", "llama", "metaspace", "unigram", "wordpiece"]
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
quickly = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def keeps_the_rules(aligned: Alignment, tokens: int) -> None:
    assert len(aligned.spans) == tokens
    start, end = 0, 0
    for first, stop in aligned.spans:
        assert start <= first <= end <= stop <= len(aligned.text)
        start, end = first, stop
    assert end == len(aligned.text)


@pytest.mark.parametrize("kind", KINDS)
@quickly
@given(text=texts)
def test_spans_of_encoded_texts_cover_them(
    tokenizers: dict[str, Any], kind: str, text: str
) -> None:
    tokenizer = tokenizers[kind]
    ids = tokenizer.encode(text, add_special_tokens=False)
    keeps_the_rules(align(tokenizer, ids), len(ids))


@pytest.mark.parametrize("kind", KINDS)
@quickly
@given(data=st.data())
def test_spans_of_any_ids_cover_their_text(
    tokenizers: dict[str, Any], kind: str, data: st.DataObject
) -> None:
    tokenizer = tokenizers[kind]
    ids = data.draw(st.lists(st.integers(0, len(tokenizer) - 1), max_size=30))
    keeps_the_rules(align(tokenizer, ids), len(ids))


def test_pieces_of_an_emoji_have_its_span(tokenizers: dict[str, Any]) -> None:
    tokenizer = tokenizers["byte"]
    ids = tokenizer.encode("a🎬b", add_special_tokens=False)
    aligned = align(tokenizer, ids)
    assert aligned.text == "a🎬b"
    assert aligned.spans[0] == (0, 1)
    assert aligned.spans[-1] == (2, 3)
    assert set(aligned.spans[1:-1]) == {(1, 2)}


def test_the_prompt_keeps_the_space_before_a_completion(tokenizers: dict[str, Any]) -> None:
    tokenizer = tokenizers["metaspace"]
    ids = tokenizer.encode("It was fine", add_special_tokens=False)
    texts = [align(tokenizer, ids[cut:], prompt_ids=ids[:cut]).text for cut in range(len(ids))]
    cut = texts.index(" fine")
    assert align(tokenizer, ids[cut:]).text == "fine"


def test_a_long_run_of_bytes_before_a_completion_is_no_part_of_it(
    tokenizers: dict[str, Any],
) -> None:
    tokenizer = tokenizers["llama"]
    prompt = "བོད་སྐད་ཡིག་འདི་ནི" * 2
    before = tokenizer.encode(prompt, add_special_tokens=False)
    assert len(before) > 100, "a run of bytes that is longer than any character"
    ids = tokenizer.encode(prompt + "སྐད", add_special_tokens=False)[len(before) :]
    spans = [(i // 3, i // 3 + 1) for i in range(9)]
    assert align(tokenizer, ids, prompt_ids=before) == Alignment("སྐད", spans)
    word = tokenizer.encode("ok", add_special_tokens=False)
    assert align(tokenizer, word, prompt_ids=before).text == " ok"


@pytest.mark.parametrize(
    ("prompt", "written", "text"),
    [
        ("I love 🎬", ["<0xF0>", "<0x9F>"], "\ufffd\ufffd"),
        ("ok\n", ["<0xF0>", "fine"], "\ufffd fine"),
        ("ok\n", ["fine"], " fine"),
        ("🎬", ["<0xF0>", "fine"], "\ufffd fine"),
    ],
)
def test_bytes_that_end_a_prompt_are_not_read_with_those_of_a_completion(
    tokenizers: dict[str, Any], prompt: str, written: list[str], text: str
) -> None:
    tokenizer = tokenizers["llama"]
    ids = [each for piece in written for each in ids_of(tokenizer, piece)]
    before = tokenizer.encode(prompt, add_special_tokens=False)
    aligned = align(tokenizer, ids, prompt_ids=before)
    assert aligned.text == text
    keeps_the_rules(aligned, len(ids))


@pytest.mark.parametrize("kind", KINDS)
@quickly
@given(data=st.data())
def test_behind_any_prompt_a_completion_is_the_same_but_for_a_space(
    tokenizers: dict[str, Any], kind: str, data: st.DataObject
) -> None:
    tokenizer = tokenizers[kind]
    anything = st.lists(st.integers(0, len(tokenizer) - 1), max_size=30)
    prompt, ids = data.draw(anything), data.draw(anything)
    aligned = align(tokenizer, ids, prompt_ids=prompt)
    keeps_the_rules(aligned, len(ids))
    alone = align(tokenizer, ids).text
    # What a tokenizer says of a token that begins or continues a word.
    assert aligned.text in (alone, f" {alone}", alone.removeprefix("##"))


def ids_of(tokenizer: Any, piece: str) -> list[int]:
    """The id of a byte, or those of a word."""
    is_byte = piece.startswith("<0x")
    convert = tokenizer.convert_tokens_to_ids if is_byte else tokenizer.encode
    return list(convert([piece]) if is_byte else convert(piece, add_special_tokens=False))


def test_bytes_that_begin_no_character_stay_one_stretch(tokenizers: dict[str, Any]) -> None:
    tokenizer = tokenizers["byte"]
    ids = tokenizer.convert_tokens_to_ids(["ð", "¡", "¡", "a"])
    assert align(tokenizer, ids) == Alignment("\ufffda", [(0, 1), (0, 1), (0, 1), (1, 2)])


def test_a_tokenizer_without_a_decoder_is_refused() -> None:
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(str(GOLDEN / "text" / "llama"))
    with pytest.raises(AlignmentError, match="must have a decoder"):
        align(tokenizer, [5, 6])


def test_a_text_that_the_ids_do_not_make_is_refused(tokenizers: dict[str, Any]) -> None:
    tokenizer = tokenizers["byte"]
    ids = tokenizer.encode("a fine film", add_special_tokens=False)
    with pytest.raises(AlignmentError, match="must continue the text at") as caught:
        align(tokenizer, ids, text="a fine_film")
    assert caught.value.token is not None
    with pytest.raises(AlignmentError, match="goes on with ' indeed'"):
        align(tokenizer, ids, text="a fine film indeed")


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(AlignmentError, match=r"surrogate U\+D83C at 1"):
        align_pieces(["a\ud83c", "b"])


@given(text=texts, cuts=st.lists(st.integers(0, 200), max_size=10))
def test_bytes_cut_anywhere_cover_their_text(text: str, cuts: list[int]) -> None:
    content = text.encode()
    places = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    pieces = [content[a:b] for a, b in pairwise(places)] or [b""]
    aligned = align_pieces([*pieces, b""])
    assert aligned.text == text
    assert aligned.spans[-1] == (len(text), len(text))
    keeps_the_rules(aligned, len(pieces) + 1)


def test_wrong_bytes_are_one_character_of_replacement() -> None:
    assert align_pieces([b"a\xf0", b"\x9f", b"b"]) == Alignment(
        "a\ufffdb", [(0, 2), (1, 2), (2, 3)]
    )


def test_pieces_of_another_text_name_the_token() -> None:
    with pytest.raises(AlignmentError, match="token 1 must continue the text at 2 with 'd'"):
        align_pieces(["ab", "c"], text="abd")


def test_offsets_give_white_space_to_the_token_behind_it() -> None:
    aligned = align_offsets([(0, 0), (0, 2), (3, 5), (0, 0)], "ab cd ")
    assert aligned.spans == [(0, 0), (0, 2), (2, 6), (6, 6)]
    with pytest.raises(AlignmentError, match="forward"):
        align_offsets([(0, 4), (1, 2)], "abcd")
