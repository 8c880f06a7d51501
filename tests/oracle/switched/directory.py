"""A model directory that can be changed before it is written: its JSON files, its templates, its tensors."""

import copy
import dataclasses
import json
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file

MODELS = pathlib.Path(__file__).parents[2] / "golden" / "models"

# Families whose golden models have no tokenizer of their own take the one that Llama's has: the same vocabulary.
TOKENIZER_OF = {"mistral": "llama", "gemma2": "llama", "gpt-neox": "llama"}


@dataclasses.dataclass
class Directory:
    base: str
    """The golden model that it was made of, one of BASES."""
    files: dict
    """Every JSON file and template that is not the golden model's own, by name: a dict or a text."""
    tensors: list
    """What is done to the tensors, as [verb, name, ...]: see edited()."""

    @property
    def config(self):
        return self.files["config.json"]

    @property
    def tokenizer(self):
        return self.files["tokenizer_config.json"]

    @property
    def names(self):
        return list(edited(load_file(MODELS / self.base / "model.safetensors"), self.tensors))

    def write(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        source = MODELS / TOKENIZER_OF.get(self.base, self.base)
        shutil.copy(source / "tokenizer.json", folder)
        for name, content in self.files.items():
            text = content if isinstance(content, str) else json.dumps(content, indent=1) + "\n"
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        tensors = edited(load_file(MODELS / self.base / "model.safetensors"), self.tensors)
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})


BASES = ("llama", "gpt2", "bert", "deberta-v3", "mistral", "gemma2", "gpt-neox")
ENCODERS = ("bert", "deberta-v3")
DECODERS = tuple(base for base in BASES if base not in ENCODERS)
ROTARY = ("llama", "mistral", "gemma2", "gpt-neox")


def directory_of(base):
    read = lambda model, name: json.loads((MODELS / model / name).read_text())
    return Directory(
        base,
        {
            "config.json": read(base, "config.json"),
            "tokenizer_config.json": read(TOKENIZER_OF.get(base, base), "tokenizer_config.json"),
        },
        [],
    )


def edited(tensors, edits):
    """The tensors after the edits. tests/support/switched_directory.ts does the same."""
    tensors = copy.copy(tensors)
    for verb, name, *rest in edits:
        if verb == "rename":
            tensors = {key.replace(name, rest[0]) if key.startswith(name) else key: t for key, t in tensors.items()}
        elif verb == "suffix":
            tensors = {key.removesuffix(name) + rest[0] if key.endswith(name) else key: t for key, t in tensors.items()}
        elif verb == "drop":
            tensors.pop(name)
        elif verb == "double":
            tensors = {key: value.to(torch.float64) for key, value in tensors.items()}
        elif verb == "ones":
            tensors[name] = torch.ones(rest[0])
        else:
            raise ValueError(verb)
    return tensors
