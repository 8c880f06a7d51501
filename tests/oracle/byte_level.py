"""The byte-level tokenizers of golden models."""

import tokenizers
from transformers import PreTrainedTokenizerFast

VOCABULARY = 160


def byte_level_model(special_tokens):
    """A byte-level BPE trained on a few words, behind its special tokens."""
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = tokenizers.decoders.ByteLevel()
    words = ["the movie was great", "The movie was a great film", "terrible bad end of the film"]
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=special_tokens,
        initial_alphabet=sorted(set("abcdefghijklmnopqrstuvwxyzTĠ.,ðŁĳ©âĢįļĢÃ©")),
        show_progress=False,
    )
    model.train_from_iterator(words * 4, trainer)
    return model


def byte_level():
    """With a BOS in front, as causal families have it."""
    return framed(single="<s> $A", special_tokens=[("<s>", 1)])


def byte_level_pairs():
    """With a template for pairs, as rerankers made of decoders have it."""
    pair = "<s> $A </s> $B </s>"
    return framed(single="<s> $A", pair=pair, special_tokens=[("<s>", 1), ("</s>", 2)])


def framed(**template):
    model = byte_level_model(["<pad>", "<s>", "</s>"])
    model.post_processor = tokenizers.processors.TemplateProcessing(**template)
    return PreTrainedTokenizerFast(
        tokenizer_object=model, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )
