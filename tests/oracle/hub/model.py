"""HubModel: a directory as the hub has it, how it is written and what transformers answers for it."""

import dataclasses
import json
import zlib
from collections.abc import Callable, Sequence

import torch
from safetensors.torch import save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from golden_model import randomise

PADDED = "the movie was great \U0001f469\u200d\U0001f680 café"
QUESTION = [{"role": "user", "content": "How was the movie? "}]
TALK = [
    {"role": "user", "content": "Hello there, how are you?"},
    {"role": "assistant", "content": "I am fine, thank you."},
    {"role": "user", "content": "What happened in the end?\nTell me."},
]
COMPLETIONS = ["It was great, the actors were great.", " Nothing happened: " + PADDED, "Ça va, 你好 <b>"]
PLAIN = [
    ("The movie was", " great, and the ending was the best of the year."),
    ("Hello there, how are you today?", "I am fine, thank you. " + PADDED),
    ("", "A wonderful story with a weak ending; see it for the music."),
]


def chats():
    return [{"messages": messages, "completion": text} for messages in (QUESTION, TALK) for text in COMPLETIONS]


def plain():
    return [{"prompt": prompt, "completion": completion} for prompt, completion in PLAIN]


@dataclasses.dataclass(frozen=True)
class HubModel:
    """One entry of a table."""

    name: str
    """As on the hub, without its owner."""
    kind: type
    """The class of transformers that the tensors are drawn for."""
    config: dict
    """config.json as it is written, small sizes aside."""
    tokenizer: Callable
    """Makes the tokenizer and its tokenizer_config.json."""
    files: Sequence[str]
    """The tokenizer's files, by name."""
    asks: Sequence[dict]
    """What is asked, in the ways of the model's card."""
    weights: str | int = "model.safetensors"
    """The file of the weights, or the number of shards of safetensors; below 0, of pytorch_model."""
    drawn: dict = dataclasses.field(default_factory=dict)
    """Fields of the configuration that the tensors are drawn with and that config.json spells otherwise."""
    stored: Callable[[dict], dict] = dict
    """(tensors) -> tensors: names and buffers of the published checkpoint."""
    pair: bool = False
    """Whether prompt and completion are given as two texts."""
    pooling: str = "last"
    norm_centre: float = 1.0
    score: Callable = lambda logits: logits[0]
    """(logits at the pooled position) -> score, as Abacus is told to by `flags`."""
    flags: Sequence[str] = ()
    """What serve is started with."""
    open: Callable = lambda model, folder: (AutoTokenizer.from_pretrained(folder), classifier(folder))
    """(model, folder) -> the tokenizer, and what is called as a classifier of transformers is."""
    beside: Sequence[str] = ("README.md", ".gitattributes")
    """Further files, which no server reads."""
    closing: Sequence[int] = ()
    """Ids that the model's own code appends."""

    def draw(self):
        config = self.kind.config_class(**{**self.config, **self.drawn, "attn_implementation": "eager"})
        model = self.kind(config)
        randomise(model, zlib.crc32(self.name.encode()), self.norm_centre)
        return model

    def write(self, folder):
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps(self.config, indent=2) + "\n")
        for name in self.beside:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("{}\n")
        tokenizer, config = self.tokenizer()
        for name in self.files:
            TOKENIZER_FILES[name](folder / name, tokenizer, config)
        dtype = getattr(torch, self.config.get("torch_dtype", "float32"))
        tensors = {name: value.to(dtype).contiguous() for name, value in self.draw().state_dict().items()}
        store(self.stored(tensors), folder, self.weights)

    def answers(self, folder):
        tokenizer, model = self.open(self, folder)
        return [self.answer(tokenizer, model, ask) for ask in self.asks]

    @torch.no_grad()
    def answer(self, tokenizer, model, ask):
        ids, types, own = encoded(tokenizer, ask, self.pair)
        ids = [*ids, *self.closing]
        given = {} if types is None else {"token_type_ids": torch.tensor([types])}
        output = model(torch.tensor([ids]), **given, output_attentions=True)
        padding = model.config.pad_token_id
        last = max((at for at, token in enumerate(ids) if token != padding), default=0)
        pool = {"last": [last], "end": [len(ids) - 1], "first": [0], "mean": list(range(len(ids)))}[self.pooling]
        row = output.attentions[-1][0].mean(0)[pool].mean(0)
        return {
            **ask,
            "ids": ids,
            "own": own,
            "position": pool[0] if len(pool) == 1 else None,
            "score": float(self.score(output.logits[0])),
            "attention": [row[at].item() for at in own],
        }


def classifier(folder):
    """The model as transformers reads it; nothing of it may be random."""
    options = {"dtype": torch.float32, "attn_implementation": "eager", "output_loading_info": True}
    model, info = AutoModelForSequenceClassification.from_pretrained(folder, **options)
    assert not info["missing_keys"] and not info["mismatched_keys"], (folder, info)
    return model.eval()


def encoded(tokenizer, ask, pair):
    """(ids, types where the tokenizer gives them, the places of the completion's tokens)"""
    completion = ask["completion"]
    if pair:
        made = tokenizer([ask["prompt"]], [completion])
        own = [at for at, text in enumerate(made.encodings[0].sequence_ids) if text == 1]
        types = made["token_type_ids"][0] if "token_type_ids" in made else None
        return made["input_ids"][0], types, own
    if "messages" in ask:
        turns = [*ask["messages"], {"role": "assistant", "content": completion}]
        text = tokenizer.apply_chat_template(turns, tokenize=False)
        # A template may strip the turn.
        shown = completion if completion in text else completion.strip()
        start = text.rindex(shown)
        end = start + len(shown)
    else:
        text = ask["prompt"] + completion
        start, end = len(ask["prompt"]), len(text)
    made = tokenizer(text, add_special_tokens="messages" not in ask, return_offsets_mapping=True)
    own = [at for at, (first, last) in enumerate(made["offset_mapping"]) if last > start and first < end]
    return made["input_ids"], None, own


def save_json(content):
    return lambda path, tokenizer, config: path.write_text(json.dumps(content(tokenizer, config), indent=2) + "\n")


def model_of(tokenizer):
    return json.loads(tokenizer.to_str())["model"]


def write_merges(path, tokenizer, config):
    lines = [" ".join(pair) for pair in model_of(tokenizer)["merges"]]
    path.write_text("\n".join(["#version: 0.2", *lines]) + "\n", "utf-8")


def write_pieces(path, tokenizer, config):
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda each: each[1])
    path.write_text("\n".join(name for name, _ in pieces) + "\n", "utf-8")


TOKEN_NAMES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
TOKENIZER_FILES = {
    "tokenizer.json": lambda path, tokenizer, config: tokenizer.save(str(path)),
    "tokenizer_config.json": save_json(lambda tokenizer, config: config),
    "special_tokens_map.json": save_json(
        lambda tokenizer, config: {name: config[name] for name in TOKEN_NAMES if config.get(name) is not None}
    ),
    "added_tokens.json": save_json(
        lambda tokenizer, config: {token.content: at for at, token in tokenizer.get_added_tokens_decoder().items()}
    ),
    "vocab.json": save_json(lambda tokenizer, config: model_of(tokenizer)["vocab"]),
    "merges.txt": write_merges,
    "vocab.txt": write_pieces,
    "chat_template.jinja": lambda path, tokenizer, config: path.write_text(config.pop("chat_template")),
    # SentencePiece's own files, which nothing reads beside a tokenizer.json.
    "tokenizer.model": lambda path, tokenizer, config: path.write_bytes(b"\n"),
    "spm.model": lambda path, tokenizer, config: path.write_bytes(b"\n"),
}


def store(tensors, folder, weights):
    if isinstance(weights, int):
        store_shards(tensors, folder, weights)
    elif weights.endswith(".safetensors"):
        save_file(tensors, folder / weights, {"format": "pt"})
    else:
        torch.save(tensors, folder / weights)


def store_shards(tensors, folder, weights):
    """In the order of the model, as save_pretrained cuts them."""
    names, count, files = list(tensors), abs(weights), {}
    stem, ending = ("model", "safetensors") if weights > 0 else ("pytorch_model", "bin")
    for shard in range(count):
        file = f"{stem}-{shard + 1:05d}-of-{count:05d}.{ending}"
        part = names[shard * len(names) // count : (shard + 1) * len(names) // count]
        store({name: tensors[name] for name in part}, folder, file)
        files.update(dict.fromkeys(part, file))
    total = sum(value.numel() * value.element_size() for value in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(files.items()))}
    (folder / f"{stem}.{ending}.index.json").write_text(json.dumps(index, indent=2) + "\n")
