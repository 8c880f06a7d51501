"""Policies that are made in no time: a GPT-2 of random weights that writes words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

MARKS = ("<pad>", "<eos>", "<unk>")
REVIEW = "the movie was a film plot acting very so and but it warm funny moving dull lifeless mess"
REVIEW_WORDS = tuple(REVIEW.split())


def word_tokenizer(words: Sequence[str]) -> Any:
    """One token per word, with spaces between words."""
    vocabulary = {word: i for i, word in enumerate((*MARKS, *words))}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )


def gpt2_config(words: Sequence[str], **fields: Any) -> Any:
    """The configuration of a GPT-2 of one layer, without dropout."""
    return transformers.GPT2Config(
        vocab_size=len(MARKS) + len(words),
        n_positions=64,
        n_embd=64,
        n_layer=1,
        n_head=2,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        **fields,
    )


def word_policy(words: Sequence[str], seed: int) -> Any:
    """A policy that writes these words, at first at random."""
    torch.manual_seed(seed)
    return transformers.GPT2LMHeadModel(gpt2_config(words))


def spans_of_words(tokenizer: Any, ids: Sequence[int]) -> tuple[str, list[tuple[int, int]]]:
    """The text of a completion and the spans of its words, found without the package's alignment.

    Each word has the space before it; marks have no width.
    """
    text, spans = "", []
    for token in tokenizer.convert_ids_to_tokens(list(ids)):
        start = len(text)
        text += "" if token in MARKS else f" {token}"
        spans.append((start, len(text)))
    return text, spans
