"""Makes the small tokenizers of tests/golden/text: one per way in which real tokenizers differ.

Trained on the few lines below, so that each stays within some tens of kilobytes.
"""

import collections
import json
import math
import pathlib
import re

from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

CORPUS = [
    "The movie was great, the actors were great, and the ending was the best of the year.",
    "I did not like the film at all: it was slow, it was long, and nothing happened.",
    "Hello there, how are you today? I am fine, thank you. And you? What about the end?",
    "user assistant system end of turn, the user asks and the assistant answers in the end.",
    "A wonderful story with a weak ending; see it for the music and for the actors.",
    "Das war ein sehr schöner Film über die Straße. Où est la bibliothèque? Ça va très bien.",
    "one two three four five six seven eight nine ten 1234567890 2024 1999",
    "def main():\n    return 0\n\nif x == 1:\n\tprint('hello world')\n",
    "שלום עולם مرحبا بالعالم 你好世界 こんにちは Привет мир",
    "Great! Great. Great? (great) \"great\" 'great' the-great great_",
]

# A trainer breaks ties by chance where it must leave characters out, so these have few.
LATIN = CORPUS[:7]

CHAT_TOKENS = ["<|im_start|>", "<|im_end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|eot|>"]


def special(content: str, **flags) -> AddedToken:
    return AddedToken(content, special=True, normalized=False, **flags)


def as_object(content: str) -> dict:
    """A special token as older tokenizer_config.json write it."""
    flags = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False}
    return {"__type": "AddedToken", "content": content, **flags, "special": True}


def byte_level(vocabulary: int, normalizer=None, add_prefix_space: bool = False) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def make_byte() -> tuple[Tokenizer, dict]:
    """Like GPT-2 and Qwen2: nothing added, spaces lead their words."""
    tokenizer = byte_level(420)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.add_special_tokens([special("<|endoftext|>"), *map(special, CHAT_TOKENS)])
    return tokenizer, {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}


def make_trimmed() -> tuple[Tokenizer, dict]:
    """Like RoBERTa: special tokens on both sides, a prefix space, offsets that leave spaces out."""
    tokenizer = byte_level(360, add_prefix_space=True)
    tokenizer.add_special_tokens([special("<s>"), special("</s>"), special("<mask>", lstrip=True)])
    sep, cls = [(name, tokenizer.token_to_id(name)) for name in ("</s>", "<s>")]
    tokenizer.post_processor = processors.RobertaProcessing(
        sep, cls, trim_offsets=True, add_prefix_space=True
    )
    return tokenizer, {"bos_token": "<s>", "eos_token": "</s>", "mask_token": "<mask>"}


def make_folded() -> tuple[Tokenizer, dict]:
    """Byte-level behind a normalizer that strips, composes and lower-cases; ends with a token."""
    normalizer = normalizers.Sequence(
        [normalizers.Strip(), normalizers.NFC(), normalizers.Lowercase()]
    )
    tokenizer = byte_level(360, normalizer=normalizer)
    tokenizer.add_special_tokens([special("<eos>")])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <eos>", special_tokens=[("<eos>", tokenizer.token_to_id("<eos>"))]
    )
    return tokenizer, {"eos_token": as_object("<eos>")}


def with_bytes(tokenizer: Tokenizer, specials: list[str]) -> Tokenizer:
    """Puts the special tokens and the 256 bytes before a trained vocabulary, as Llama has them."""
    state = json.loads(tokenizer.to_str())
    pieces = sorted(state["model"]["vocab"], key=state["model"]["vocab"].get)
    first = [*specials, *(f"<0x{byte:02X}>" for byte in range(256))]
    names = [*first, *(piece for piece in pieces if piece not in first)]
    state["model"]["vocab"] = {name: at for at, name in enumerate(names)}
    state["model"].update(byte_fallback=True, fuse_unk=True, unk_token="<unk>")
    return Tokenizer.from_str(json.dumps(state))


def llama_like() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    # Trained word by word: without a split the trainer would learn whole sentences.
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(split=True)
    tokenizer.train_from_iterator(LATIN, trainers.BpeTrainer(vocab_size=190, show_progress=False))
    return with_bytes(tokenizer, ["<unk>", "<s>", "</s>"])


def make_llama() -> tuple[Tokenizer, dict]:
    """Like Llama 2 and Phi 3: spaces written as a sign by the normalizer, bytes for the unknown.

    <|assistant|> swallows the space behind it, as in Phi 3.
    """
    tokenizer = llama_like()
    tokenizer.pre_tokenizer = None
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.add_special_tokens([special("<unk>"), special("<s>"), special("</s>")])
    tokenizer.add_special_tokens(
        [special(name, rstrip=name == "<|assistant|>") for name in CHAT_TOKENS]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
    )
    return tokenizer, {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}


def make_metaspace() -> tuple[Tokenizer, dict]:
    """The newer form of the same, with a token on both sides; asks for padding and truncation."""
    tokenizer = llama_like()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.add_special_tokens([special("<unk>"), special("<s>"), special("</s>")])
    tokens = [(name, tokenizer.token_to_id(name)) for name in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=tokens
    )
    tokenizer.enable_padding(length=64, pad_id=2, pad_token="</s>")
    tokenizer.enable_truncation(max_length=8)
    return tokenizer, {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}


def make_wordpiece() -> tuple[Tokenizer, dict]:
    """Like BERT: lower-cases, strips accents, drops control characters, knows no spaces."""
    normalizer = normalizers.BertNormalizer()
    text = normalizer.normalize_str(" ".join(LATIN))
    words = collections.Counter(re.findall(r"\w+", text))
    characters = sorted(set(text) - {" "})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters]
    pieces += [f"##{character}" for character in characters if character.isalnum()]
    pieces += [f"##{ending}" for ending in ("ing", "ed", "er", "ly", "ful", "est", "ment")]
    pieces += sorted(word for word in words if words[word] > 1 and len(word) > 1)
    # Not trained: the trainer numbers its pieces by chance.
    vocabulary = {piece: at for at, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens([special(piece) for piece in pieces[:5]])
    sep, cls = [(name, tokenizer.token_to_id(name)) for name in ("[SEP]", "[CLS]")]
    tokenizer.post_processor = processors.BertProcessing(sep, cls)
    names = {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "cls": "[CLS]", "mask": "[MASK]"}
    return tokenizer, {f"{key}_token": value for key, value in names.items()}


def unigram(specials: list[str], unknown: int) -> Tokenizer:
    """Pieces by likelihood behind the special tokens, compatibility forms taken apart."""
    counts = collections.Counter("▁" + word for line in LATIN for word in line.split())
    counts.update(character for line in LATIN for character in "▁" + line if character != " ")
    total = counts.total()
    pieces = sorted(counts, key=lambda piece: (-counts[piece], piece))
    # Not trained: the trainer's sums depend on the order of its threads.
    vocabulary = [(name, 0.0) for name in specials]
    vocabulary += [(piece, math.log(counts[piece] / total)) for piece in pieces]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=unknown))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens([special(name) for name in specials])
    return tokenizer


def make_unigram() -> tuple[Tokenizer, dict]:
    """Like T5: pieces by likelihood, closed by a token."""
    tokenizer = unigram(["<pad>", "</s>", "<unk>"], unknown=2)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))]
    )
    return tokenizer, {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


MAKERS = {
    "byte": make_byte,
    "trimmed": make_trimmed,
    "folded": make_folded,
    "llama": make_llama,
    "metaspace": make_metaspace,
    "wordpiece": make_wordpiece,
    "unigram": make_unigram,
}


def write_tokenizers(folder: pathlib.Path) -> None:
    for name, make in MAKERS.items():
        tokenizer, config = make()
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        tokenizer.save(str(target / "tokenizer.json"), pretty=False)
        inputs = ["input_ids", "token_type_ids", "attention_mask"]
        config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_input_names": inputs, **config}
        (target / "tokenizer_config.json").write_text(json.dumps(config) + "\n")
