"""Makes tests/golden/torch_files: one tiny reward model in every form that torch.save has for it, and what
transformers answers; and files that run code or hold more than tensors when Python reads them.

    python tests/oracle/torch_files.py

golden.json has, by folder, the logits that transformers gives the last token of each sequence, and which folder
holds the same numbers as safetensors. `refused` are files, by what they would do, that torch.load refuses as
well (`weights_only=True`, as transformers calls it), or whose tensors are not stored in their order.
"""

import base64
import builtins
import datetime
import importlib
import io
import json
import os
import pathlib
import shutil
import subprocess

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModelForSequenceClassification, LlamaConfig, LlamaForSequenceClassification

FOLDER = pathlib.Path(__file__).parent.parent / "golden" / "torch_files"
SEQUENCES = [[1, 5, 9, 30], [1, 2, 3, 4, 5, 6, 7, 8], [17]]
SINGLE, SHARD = "pytorch_model.bin", "pytorch_model-{:05}-of-{:05}.bin"


def draw():
    torch.manual_seed(11)
    config = LlamaConfig(
        hidden_size=8, intermediate_size=12, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1,
        vocab_size=32, max_position_embeddings=32, num_labels=1, pad_token_id=0,
        architectures=["LlamaForSequenceClassification"],
    )
    model = LlamaForSequenceClassification(config).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return model


def single(states, folder, **options):
    torch.save(states, folder / SINGLE, **options)


def legacy(states, folder):
    single(states, folder, _use_new_zipfile_serialization=False)


def sharded(states, folder, shards=3):
    names = sorted(states)
    parts = [names[at::shards] for at in range(shards)]
    files = [SHARD.format(at + 1, shards) for at in range(shards)]
    for file, part in zip(files, parts):
        torch.save({name: states[name] for name in part}, folder / file)
    index = {"metadata": {"total_size": 0}, "weight_map": {n: f for f, part in zip(files, parts) for n in part}}
    (folder / f"{SINGLE}.index.json").write_text(json.dumps(index))


def views(states):
    """All tensors as parts of one storage, not in their order and with other numbers between them."""
    flat, places = [torch.full((3,), 1e9)], {}
    for name, tensor in reversed(states.items()):
        places[name] = sum(map(len, flat))
        flat += [tensor.flatten(), torch.full((1,), -1e9)]
    whole = torch.cat(flat)
    return {name: whole[places[name] :][: tensor.numel()].view(tensor.shape) for name, tensor in states.items()}


def parameters(states):
    def parameter(name, tensor):
        made = torch.nn.Parameter(tensor)
        if name.endswith("norm.weight"):
            made.sequence_parallel = True  # Megatron marks some, which pickles the parameter with its state
        return made

    return {name: parameter(name, tensor) for name, tensor in states.items()}


def annotated(states):
    notes = {"epoch": 3, "loss": [0.5, 0.25], "tags": ("a", None, True, -(2**40), 2**70), "type": torch.float16}
    return states | {"notes": notes, "step": 1000, "size": torch.Size([8, 12]), "on": torch.device("cpu")}


def buffered(states):
    """With buffers as old versions of transformers stored them, which the model computes by itself."""
    numbers = {"model.embeddings.position_ids": torch.arange(32).expand(1, -1)}
    return states | numbers | {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.tensor([1.0, 0.01])}


# By the name of the folder: what is done to the model, how it is written, and where its numbers are as safetensors.
FORMS = {
    "single": (lambda model: model.state_dict(), single, "float32-safetensors"),
    "legacy": (lambda model: model.state_dict(), legacy, "float32-safetensors"),
    "sharded": (lambda model: model.state_dict(), sharded, "float32-safetensors"),
    "parameters": (lambda model: parameters(model.state_dict()), single, "float32-safetensors"),
    "annotated": (lambda model: annotated(dict(model.state_dict())), single, "float32-safetensors"),
    "views": (lambda model: views(model.state_dict()), single, "float32-safetensors"),
    "legacy-views": (lambda model: views(model.state_dict()), legacy, "float32-safetensors"),
    "buffers": (lambda model: buffered(dict(model.state_dict())), single, "float32-safetensors"),
    "float64": (lambda model: model.double().state_dict(), single, "float64-safetensors"),
    "tied": (lambda model: model.state_dict(), single, "tied-safetensors"),
    "float16": (lambda model: model.half().state_dict(), single, "float16-safetensors"),
    "bfloat16": (lambda model: model.bfloat16().state_dict(), single, "bfloat16-safetensors"),
}


def tied(model):
    """The head is a row of the embeddings, in the same storage."""
    model.score.weight = torch.nn.Parameter(model.model.embed_tokens.weight.detach()[7:8])
    return model


def make(name):
    change, write, twin = FORMS[name]
    model = tied(draw()) if name == "tied" else draw()
    states = change(model)
    folder = FOLDER / name
    folder.mkdir(parents=True)
    model.config.save_pretrained(folder)
    write(states, folder)
    if not (FOLDER / twin).exists():
        (FOLDER / twin).mkdir()
        model.config.save_pretrained(FOLDER / twin)
        apart = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        save_file(apart, FOLDER / twin / "model.safetensors", metadata={"format": "pt"})


@torch.no_grad()
def answers(folder):
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    return [model(torch.tensor([ids])).logits[0].tolist() for ids in SEQUENCES]


class Runs:
    """Pickled as a call: reading it in Python makes the call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def bytes_of(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def refused():
    """Files by what an error has to name."""
    weight = torch.arange(6.0).reshape(2, 3)
    calls = {
        "posix.system": Runs(os.system, "echo owned"),
        "__builtin__.eval": Runs(builtins.eval, "print('owned')"),
        "__builtin__.exec": Runs(builtins.exec, "print('owned')"),
        "__builtin__.getattr": Runs(builtins.getattr, "a", "upper"),
        "__builtin__.__import__": Runs(builtins.__import__, "os"),
        "importlib.import_module": Runs(importlib.import_module, "os"),
        "commands.Popen": Runs(subprocess.Popen, ["true"]),
        "torch.hub.load": Runs(torch.hub.load, "owner/name", "model"),
        "torch.serialization.load": Runs(torch.serialization.load, "other.bin"),
        "torch._utils._rebuild_sparse_tensor": weight.to_sparse(),
        "torch._utils._rebuild_qtensor": torch.quantize_per_tensor(weight, 0.1, 0, torch.qint8),
        "torch._utils._rebuild_meta_tensor_no_storage": weight.to("meta"),
        "torch.nn.modules.linear.Linear": torch.nn.Linear(2, 2),
    }
    cases = [{"names": name, "state": {"weight": weight, "other": value}} for name, value in calls.items()]
    cases += [
        {"names": "pathlib.PurePosixPath", "state": {"weight": weight, "other": pathlib.PurePosixPath("x")}},
        {"names": "__builtin__.set", "state": {"weight": weight, "other": {1}}},
        {"names": "protocol 2", "state": {"weight": weight}, "pickle_protocol": 4},
        {"names": "\"neg\"", "state": {"weight": torch._neg_view(weight)}},
        {"names": "\"conj\"", "state": {"weight": torch.tensor([1j]).conj()}},
        {"names": "the order of its indices", "state": {"weight": weight.t()}},
        {"names": "the order of its indices", "state": {"weight": weight[:, :1]}},
        {"names": "the order of its indices", "state": {"weight": torch.ones(1).expand(3)}},
        {"names": "inside of the entry \"state_dict\"", "state": {"state_dict": {"weight": weight}}},
        {"names": "inside of the entry \"optimizer\"", "state": {"weight": weight, "optimizer": [{"m": (weight,)}]}},
        {"names": "a tensor's name must be a text", "state": {"weight": weight, 3: weight}},
        {"names": "a dictionary from names to tensors", "state": [weight]},
        {"names": "a dictionary from names to tensors", "state": weight},
    ]
    for case in cases:
        options = {key: case[key] for key in ("pickle_protocol",) if key in case}
        for zipped in (True, False):
            content = bytes_of(case["state"], _use_new_zipfile_serialization=zipped, **options)
            yield {"names": case["names"], "zipped": zipped, "file": base64.b64encode(content).decode()}


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name in FORMS:
        make(name)
    folders = sorted(path.name for path in FOLDER.iterdir())
    golden = {
        "made_by": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "sequences": SEQUENCES,
        "twins": {name: twin for name, (_, _, twin) in FORMS.items()},
        "logits": {name: answers(FOLDER / name) for name in folders},
        "refused": list(refused()),
    }
    (FOLDER / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
