"""A golden model: a tiny random reward model, how its weights are drawn, stored and read.

Nothing here knows a family. What a family has of its own (the class, the head, which position is pooled,
token types, how older versions wrote its files) stands in its table under families/.
"""

import dataclasses
import json
import zlib
from collections.abc import Callable, Mapping, Sequence

import torch
from safetensors.torch import save_file


TYPED = ("first", "mean")
"""Where models that may be given token types read the score."""


def score_head(model, rows):
    """The head of the causal classifiers of transformers: one linear layer without a bias."""
    return model.score(rows)[:, 0]


@dataclasses.dataclass(frozen=True)
class GoldenModel:
    """One entry of a family's table."""

    kind: type
    """The class in transformers, e.g. LlamaForSequenceClassification."""
    config: object
    sequences: Sequence[Mapping]
    """What is asked of it: {"ids"} or, where the model is given token types, {"ids", "types"}."""
    dtype: torch.dtype = torch.float32
    """The element type that is stored. Answers are always computed in float32, gradients in float64."""
    shards: int = 1
    pooling: str = "last"
    """Where the class reads the score: "last" (that is not padding), "end" (whatever stands there), "before padding" (the
    first, else at the end), "first" or the "mean" of all positions."""
    head: Callable = score_head
    """(model, rows) -> logits [n, labels]: the model's own head for every hidden state of rows, [n, 1, hidden],
    each of which stands as the only position of a sequence of its own."""
    tokenizer: Callable | None = None
    """Makes the tokenizer that is saved next to the model."""
    pairs: bool = False
    """Whether the texts are also given as two: encode(prompt, completion)."""
    types: bool = True
    """Whether texts are given with their token types, by models that are not causal."""
    unembedded: Callable = lambda model, ids: {}
    """(model, ids) -> what the model finds from ids, [1, n], and cannot find from their embeddings."""
    norm_centre: float = 1.0
    """What the weights of norms are drawn around: 0 where the norm computes with 1 + weight (Gemma)."""
    end: int | None = None
    """The token that every text is closed with, where the model reads its score at a token of its own."""
    seed: int | None = None
    written: Callable[[dict], dict] = dict
    """config.json as it is to be written, e.g. with the names of older versions of transformers."""
    stale: Callable[[object], dict] = lambda config: {}
    """Tensors that older versions stored and that transformers leaves unread."""
    check: Callable = lambda model, answer: None
    """(model, answer) -> None: what the family wants to be sure of. answer(model, sequence) is a dict."""

    def pool(self, sequence) -> list[int]:
        ids, padding = sequence["ids"], self.config.pad_token_id
        last = max((at for at, token in enumerate(ids) if token != padding), default=0)
        end = len(ids) - 1
        before = (ids.index(padding) - 1) % len(ids) if padding in ids else end
        places = {"last": [last], "end": [end], "before padding": [before], "first": [0]}
        return list(range(len(ids))) if self.pooling == "mean" else places[self.pooling]

    def draw(self, name: str):
        """The model with random weights, attending eagerly: other kinds give no attention back."""
        self.config._attn_implementation = "eager"
        model = self.kind(self.config)
        seed = zlib.crc32(name.encode()) if self.seed is None else self.seed
        randomise(model, seed, self.norm_centre)
        return model

    def save(self, model, folder) -> None:
        """Writes as transformers does, in the element type and number of files of the entry."""
        model.config.save_pretrained(folder)
        config = json.loads((folder / "config.json").read_text())
        config["architectures"] = [type(model).__name__]
        config.pop("transformers_version", None)
        (folder / "config.json").write_text(json.dumps(self.written(config), indent=1) + "\n")
        tensors = {
            name: value.to(self.dtype if value.is_floating_point() else value.dtype).contiguous()
            for name, value in self.tensors(model).items()
        }
        save_tensors(tensors | self.stale(model.config), folder, self.shards)

    def tensors(self, model) -> dict:
        """The weights under the names, and in the layout, that checkpoints of the family give them."""
        return model.state_dict()

    def load(self, folder, dtype):
        """The model as transformers reads it from the folder; nothing may be missing or left over."""
        options = {"dtype": dtype, "attn_implementation": "eager", "output_loading_info": True}
        model, info = self.kind.from_pretrained(folder, **options)
        left_over = set(info["unexpected_keys"]) - set(self.stale(model.config))
        assert not info["missing_keys"] and not left_over, info
        return model.eval()


def randomise(model, seed, norm_centre=1.0):
    """Weights large enough that attention is far from uniform and every tensor matters."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        vector = parameter.dim() == 1
        scale = 0.1 if vector else 1.5 / parameter.shape[-1] ** 0.5
        centre = norm_centre if vector and name.endswith("weight") else 0.0
        parameter.data = centre + noise * scale


def save_tensors(tensors, folder, shards):
    if shards == 1:
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        return
    names = sorted(tensors)
    files = {}
    for shard in range(shards):
        file = f"model-{shard + 1:05d}-of-{shards:05d}.safetensors"
        part = {name: tensors[name] for name in names[shard::shards]}
        save_file(part, folder / file, {"format": "pt"})
        files.update(dict.fromkeys(part, file))
    total = sum(value.numel() * value.element_size() for value in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(files.items()))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")


def inputs_of(sequence) -> dict:
    """What transformers is called with for one sequence, besides its tokens."""
    types = sequence.get("types")
    return {} if types is None else {"token_type_ids": torch.tensor([types])}


def rows_of(states):
    """Every hidden state of [1, n, hidden] as the only one of a sequence: [n, 1, hidden]."""
    return states.transpose(0, 1)


def rope(**parameters):
    """Rotary settings as transformers 5 writes them; transformers 4 had rope_theta and rope_scaling."""
    return {"rope_parameters": {"rope_theta": 10000.0, **parameters}}
