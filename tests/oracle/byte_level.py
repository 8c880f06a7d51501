"""The tokenizer of the golden models of causal families."""

import tokenizers
from transformers import PreTrainedTokenizerFast

VOCABULARY = 160


def byte_level():
    """A byte-level BPE with a BOS in front, trained on a few words."""
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = tokenizers.decoders.ByteLevel()
    words = ["the movie was great", "The movie was a great film", "terrible bad end of the film"]
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=sorted(set("abcdefghijklmnopqrstuvwxyzTĠ.,ðŁĳ©âĢįļĢÃ©")),
        show_progress=False,
    )
    model.train_from_iterator(words * 4, trainer)
    model.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=model, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )
