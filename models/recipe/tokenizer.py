"""Trains the tokenizer: a byte-level BPE of 8,192 entries, on training text only.

8,192 and not fewer, because a word of praise that is one token needs no assembling
by a network this small. The normalizer makes typed text and corpus text look alike
("Great!" and "great !" give the same tokens), so the policy writes natural text.
"""
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from data import natural

PAD, BOS, EOS = 0, 1, 2
SPECIAL = ["<pad>", "<s>", "</s>"]
SIZE = 8192


def blank():
    t = Tokenizer(models.BPE())
    replace = normalizers.Replace
    t.normalizer = normalizers.Sequence([
        normalizers.Lowercase(),
        replace(Regex("[‘’]"), "'"),
        replace(Regex("[“”]"), '"'),
        replace("…", "..."),
        replace(Regex("[–—]"), " -- "),
        replace(Regex(r"\s+"), " "),
        replace(Regex(r" (?=[.,;:!?)\]%]|n't|'s )"), ""),
        replace(Regex(r"(?<=[(\[]) "), ""),
        normalizers.Strip(),
    ])
    # The added leading space makes the first word the same token as everywhere else.
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    t.decoder = decoders.ByteLevel()
    return t


def train(corpus):
    t = blank()
    # Snippets twice: they are the shortest and the densest in words of judgement.
    texts = [natural(x.raw) for x in corpus.reviews["train"] + corpus.sentences + 2 * corpus.snippets["train"]]
    t.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=SIZE, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    t.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", BOS)]),
    ])
    return t
