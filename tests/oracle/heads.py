"""Makes tests/golden/heads.json and tests/golden/heads: language models that are read as reward models.

    python tests/oracle/heads.py

`vocabulary` are the logits of a few tokens at every position of sequences, by the language models of
tests/golden/policies: what Llama-3.1-Nemotron-70B-Reward's score is, the logit of one token at the last position.

`value` are models with a value head, in folders of their own: TRL's AutoModelForCausalLMWithValueHead, which saves the
language model's tensors and the head's side by side under `v_head`, and GRM's reward models, whose head may be an
MLP and whose trainer writes `vhead_layer_type` and its kin into config.json. The heads are restated from their code;
the language model, and so the states that the heads read (`hidden_states[-1]`, behind the last norm), is
transformers'.
"""

import datetime
import json
import pathlib
import random
import shutil

import torch
import transformers
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)

from answers import numbers
from golden_model import randomise, save_tensors
from policies import FOLDER as POLICIES
from policies import GEMMA, LLAMA, VOCABULARY

FOLDER = POLICIES.parent / "heads"
TOKENS = [0, 41, 7]


def sequences():
    chance = random.Random(11)
    draw = lambda count: [chance.randrange(3, VOCABULARY) for _ in range(count)]
    shared = draw(6)
    return [[1], [*shared, *draw(3)], [*shared, *draw(9)], draw(20), [*draw(4), 0, 0], [*draw(3), 0, *draw(2)]]


@torch.no_grad()
def vocabulary(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return {
        "model": folder.name,
        "tokens": TOKENS,
        "logits": [numbers(model(torch.tensor([ids])).logits[0][:, TOKENS]) for ids in sequences()],
    }


class ValueHead(nn.Module):
    """TRL's is linear with a bias; GRM's may have layers of ReLU before."""

    def __init__(self, width, neurons=None, layers=0):
        super().__init__()
        modules = []
        for _ in range(layers):
            modules += [nn.Linear(width, neurons), nn.ReLU()]
            width = neurons
        last = nn.Linear(width, 1)
        self.summary = nn.Sequential(*modules, last) if layers else last

    def forward(self, states):
        return self.summary(states)


def with_head(kind, config, head, more={}, dtype=torch.float32):
    return {"model": kind(config), "head": head, "more": more, "dtype": dtype}


def grm(layers, neurons, kind):
    return {"vhead_layer_type": kind, "vhead_num_neurons": neurons, "vhead_num_layers": layers}


def value_models():
    gpt2 = GPT2Config(
        vocab_size=VOCABULARY, n_embd=16, n_layer=2, n_head=4, n_positions=64, bos_token_id=1, eos_token_id=2
    )
    return {
        "trl-gpt2": with_head(GPT2LMHeadModel, gpt2, ValueHead(16)),
        "trl-llama": with_head(LlamaForCausalLM, LlamaConfig(**LLAMA), ValueHead(16), dtype=torch.bfloat16),
        "grm-llama": with_head(LlamaForCausalLM, LlamaConfig(**LLAMA), ValueHead(16), grm(1, 24, "linear")),
        "grm-gemma2": with_head(
            Gemma2ForCausalLM, Gemma2Config(**GEMMA), ValueHead(16, 24, 2), grm(2, 24, "mlp")
        ),
    }


@torch.no_grad()
def value(name, entry):
    model, head, folder = entry["model"], entry["head"], FOLDER / name
    folder.mkdir(parents=True)
    randomise(model, len(name), 0.0 if "gemma" in name else 1.0)
    randomise(head, 5)
    tensors = {key: tensor.to(entry["dtype"]).contiguous() for key, tensor in model.state_dict().items()}
    if model.config.tie_word_embeddings:
        del tensors["lm_head.weight"]
    head_tensors = {f"v_head.{key}": tensor for key, tensor in head.state_dict().items()}
    save_tensors(tensors | head_tensors, folder, 1)
    model.config.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config.pop("transformers_version", None)
    config |= {"architectures": [type(model).__name__], **entry["more"]}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    read = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    states = [read(torch.tensor([ids]), output_hidden_states=True).hidden_states[-1] for ids in sequences()]
    return {"model": name, "values": [numbers(head(each[0])) for each in states]}


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    found = {
        "made_by": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "sequences": sequences(),
        "vocabulary": [vocabulary(folder) for folder in sorted(POLICIES.iterdir()) if folder.is_dir()],
        "value": [value(name, entry) for name, entry in value_models().items()],
    }
    path = POLICIES.parent / "heads.json"
    path.write_text(json.dumps(found, separators=(",", ":")).replace('},{"', '},\n{"') + "\n")


if __name__ == "__main__":
    main()
