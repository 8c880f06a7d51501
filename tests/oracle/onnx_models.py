"""Makes tests/golden/onnx: tiny random sequence classifiers as torch.onnx exports them, and what transformers answers.

    python tests/oracle/onnx_models.py             every model that has no folder yet
    python tests/oracle/onnx_models.py NAME...     these, again where they are there already

Every folder is a Hugging Face directory without safetensors, as optimum writes one: config.json, tokenizer files and
model.onnx. Its golden.json holds, per text, ids and token types, the logits, the position that the score is read at
and the row of that position in the last layer's attention, the mean over heads (`output_attentions=True`, eager,
one text at a time, in float32).

The exporters are torch's own, by TorchScript ("legacy") and by torch.export ("dynamo"), over eager attention and over
scaled_dot_product_attention. To keep the files small they lose what no runtime reads: descriptions, metadata, the
types of values, and the long names of values within. `fused` runs onnxruntime's optimiser over the file, as optimum
does from -O2 on.
"""

import dataclasses
import datetime
import json
import pathlib
import shutil
import sys
import tempfile
import warnings
import zlib
from collections.abc import Callable, Sequence

import onnx
import torch
import transformers

from answers import joined, numbers, paired
from families.bert import word_pieces
from byte_level import VOCABULARY, byte_level
from families.roberta import bytes_in_pairs
from golden_model import randomise
from sequences import TEXTS

FOLDER = pathlib.Path(__file__).parent.parent / "golden" / "onnx"

ALL_TEXTS = [*TEXTS, ("A film of many words and scenes that went on, ", "and on, and on. But it was good!")]


@dataclasses.dataclass(frozen=True)
class Export:
    kind: type
    config: object
    tokenizer: Callable
    exporter: str = "legacy"
    attention: str = "eager"
    opset: int = 17
    inputs: Sequence[str] = ("input_ids", "attention_mask")
    integers: torch.dtype = torch.int64
    pair: bool = False
    """Whether prompt and completion are two texts."""
    pool: str = "last"
    """Where transformers reads the score."""
    external: bool = False
    fused: bool = False
    half: bool = False
    """Whether onnxruntime's tool turns weights and logits into float16."""


def padded_left():
    tokenizer = byte_level()
    tokenizer.padding_side = "left"
    return tokenizer


def vocabulary(tokenizer):
    return len(tokenizer())


SMALL = dict(hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12, max_position_embeddings=96)
TYPED = ("input_ids", "attention_mask", "token_type_ids")

EXPORTS = {
    "bert": Export(
        transformers.BertForSequenceClassification,
        transformers.BertConfig(**SMALL, vocab_size=vocabulary(word_pieces), num_labels=1),
        word_pieces,
        attention="sdpa",
        inputs=TYPED,
        pair=True,
        pool="first",
    ),
    # No page of ours: a table of relative positions, whose bias is added to the scores; positions behind padding.
    "mpnet": Export(
        transformers.MPNetForSequenceClassification,
        transformers.MPNetConfig(
            **SMALL | dict(max_position_embeddings=90), vocab_size=VOCABULARY, num_labels=1, pad_token_id=1
        ),
        bytes_in_pairs,
        opset=14,
        pair=True,
        pool="first",
    ),
    # No page of ours: no positions but a slope of the scores, of heads and texts on one axis; padded on the left.
    "bloom": Export(
        transformers.BloomForSequenceClassification,
        transformers.BloomConfig(
            vocab_size=VOCABULARY, hidden_size=8, n_layer=2, n_head=2, num_labels=2, pad_token_id=0, bos_token_id=1, eos_token_id=2
        ),
        padded_left,
    ),
    "distilbert": Export(
        transformers.DistilBertForSequenceClassification,
        transformers.DistilBertConfig(
            vocab_size=vocabulary(word_pieces), dim=8, n_layers=2, n_heads=2, hidden_dim=12, max_position_embeddings=96, num_labels=2
        ),
        word_pieces,
        exporter="dynamo",
        pair=True,
        pool="first",
    ),
    "gpt2": Export(
        transformers.GPT2ForSequenceClassification,
        transformers.GPT2Config(
            vocab_size=VOCABULARY, n_embd=8, n_layer=2, n_head=2, n_positions=96, num_labels=1, pad_token_id=0, bos_token_id=1, eos_token_id=2
        ),
        byte_level,
        attention="sdpa",
        integers=torch.int32,
    ),
    # Keys and values for several heads, weights beside the file, two labels.
    "llama": Export(
        transformers.LlamaForSequenceClassification,
        transformers.LlamaConfig(
            **SMALL, vocab_size=VOCABULARY, num_key_value_heads=1, num_labels=2, pad_token_id=0, bos_token_id=1, eos_token_id=2
        ),
        byte_level,
        exporter="dynamo",
        attention="sdpa",
        external=True,
    ),
    "roberta": Export(
        transformers.RobertaForSequenceClassification,
        transformers.RobertaConfig(
            **SMALL | dict(max_position_embeddings=90), vocab_size=VOCABULARY, type_vocab_size=1, num_labels=1
        ),
        bytes_in_pairs,
        opset=13,
        pair=True,
        pool="first",
    ),
    # Attention as one operator of onnxruntime's.
    "bert-fused": Export(
        transformers.BertForSequenceClassification,
        transformers.BertConfig(**SMALL, vocab_size=vocabulary(word_pieces), num_labels=1),
        word_pieces,
        inputs=TYPED,
        pair=True,
        pool="first",
        fused=True,
    ),
    "bert-half": Export(
        transformers.BertForSequenceClassification,
        transformers.BertConfig(**SMALL, vocab_size=vocabulary(word_pieces), num_labels=1),
        word_pieces,
        inputs=TYPED,
        pair=True,
        pool="first",
        half=True,
    ),
}


def draw(name, entry):
    """The model with random weights, attending as the export is to have it."""
    entry.config._attn_implementation = entry.attention
    entry.config.use_cache = False
    model = entry.kind(entry.config)
    randomise(model, zlib.crc32(name.encode()))
    return model.eval()


class OfTensors(torch.nn.Module):
    """A model by positions, as the TorchScript exporter calls it; its answer are the logits."""

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *given):
        return self.model(**dict(zip(self.names, given))).logits


def example(entry):
    """Two texts, one of them padded, so that the exporter sees a mask."""
    ids = torch.randint(5, entry.config.vocab_size, (2, 7), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    if entry.config.pad_token_id is not None:
        ids[1, 5:] = entry.config.pad_token_id
    places = torch.arange(7).expand(2, 7)
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids), "position_ids": places}
    return {name: given[name].to(entry.integers) for name in entry.inputs}


def export(entry, model, path):
    given = example(entry)
    names = {"input_names": list(given), "output_names": ["logits"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if entry.exporter == "legacy":
            axes = {name: {0: "batch_size", 1: "sequence_length"} for name in given} | {"logits": {0: "batch_size"}}
            options = {"dynamo": False, "opset_version": entry.opset, "dynamic_axes": axes}
            torch.onnx.export(OfTensors(model, list(given)).eval(), tuple(given.values()), str(path), **names, **options)
        else:
            batch, length = torch.export.Dim("batch_size"), torch.export.Dim("sequence_length", max=90)
            shapes = {name: {0: batch, 1: length} for name in given}
            options = {"dynamo": True, "dynamic_shapes": shapes, "external_data": False, "verbose": False}
            torch.onnx.export(model, (), str(path), kwargs=given, **names, **options)


def slimmed(model):
    """The model without what no runtime reads, its values under short names."""
    model.metadata_props.clear()
    graph = model.graph
    del graph.value_info[:]
    graph.metadata_props.clear()
    outer = {value.name for value in [*graph.input, *graph.output]}
    short = {}
    name = lambda old: old if old in outer or old == "" else short.setdefault(old, f"v{len(short)}")
    for tensor in graph.initializer:
        tensor.name = name(tensor.name)
        tensor.doc_string = ""
        tensor.metadata_props.clear()
    for node in graph.node:
        assert not any(attribute.HasField("g") for attribute in node.attribute), node.op_type
        node.input[:] = [name(each) for each in node.input]
        node.output[:] = [name(each) for each in node.output]
        node.name = node.doc_string = ""
        node.metadata_props.clear()
    return model


def save(name, entry, model, folder):
    """The files of the directory."""
    folder.mkdir(parents=True)
    config = entry.config.to_dict() | {"architectures": [entry.kind.__name__]}
    written = entry.kind.config_class.from_dict(config)
    written.save_pretrained(folder)
    told = json.loads((folder / "config.json").read_text())
    told.pop("transformers_version", None)
    (folder / "config.json").write_text(json.dumps(told, indent=1) + "\n")
    entry.tokenizer().save_pretrained(folder)
    with tempfile.TemporaryDirectory() as made:
        path = pathlib.Path(made) / "model.onnx"
        export(entry, model, path)
        if entry.fused:
            fuse(entry, path)
        if entry.half:
            onnx.save(halved(onnx.load(path)), path)
        onnx_model = slimmed(onnx.load(path))
    onnx.checker.check_model(onnx_model) if not entry.fused else None
    options = {"save_as_external_data": True, "location": "model.onnx_data", "size_threshold": 64}
    onnx.save(onnx_model, folder / "model.onnx", **(options if entry.external else {}))
    for made in folder.iterdir():
        made.chmod(0o644)


def fuse(entry, path):
    from onnxruntime.transformers.optimizer import optimize_model

    config = entry.config
    heads, hidden = config.num_attention_heads, config.hidden_size
    fused = optimize_model(str(path), "bert", num_heads=heads, hidden_size=hidden, opt_level=0)
    assert fused.get_fused_operator_statistics()["Attention"] == config.num_hidden_layers
    fused.save_model_to_file(str(path))


def halved(model):
    from onnxruntime.transformers.float16 import convert_float_to_float16

    return convert_float_to_float16(onnx.shape_inference.infer_shapes(model), keep_io_types=False)


@torch.no_grad()
def text_case(entry, model, encode, prompt, completion):
    encoding, own, spans = (paired if entry.pair else joined)(encode, prompt, completion)
    ids = torch.tensor([encoding.ids])
    types = {"token_type_ids": torch.tensor([encoding.type_ids])} if "token_type_ids" in entry.inputs else {}
    found = model(ids, attention_mask=torch.ones_like(ids), **types, output_attentions=True)
    row = {"first": 0, "last": len(encoding.ids) - 1}[entry.pool]
    attention = found.attentions[-1][0].mean(0)[row]
    assert abs(attention.sum() - 1) < 1e-5
    mass = sum(attention[at].item() for at in own)
    return {
        "prompt": prompt,
        "completion": completion,
        "ids": encoding.ids,
        **({"types": encoding.type_ids} if types else {}),
        "logits": numbers(found.logits),
        "read_at": row,
        "attention": numbers(attention),
        "offsets": spans,
        "shares": [attention[at].item() / mass for at in own],
    }


def make(name):
    entry, folder = EXPORTS[name], FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    model = draw(name, entry)
    save(name, entry, model, folder)
    model.set_attn_implementation("eager")
    encode = entry.tokenizer()
    golden = {
        "made_by": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "onnx": onnx.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "texts": [text_case(entry, model, encode, *text) for text in ALL_TEXTS],
    }
    (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


def main(names):
    for name in names or EXPORTS:
        if names or not (FOLDER / name).exists():
            make(name)


if __name__ == "__main__":
    main(sys.argv[1:])
