"""Makes tests/golden/heads.json and tests/golden/heads: language models that are read as reward models.

    python tests/oracle/heads.py

`vocabulary` are the logits of a few tokens at every position of sequences, by the language models of
tests/golden/policies: what Llama-3.1-Nemotron-70B-Reward's score is, the logit of one token at the last position.

`value` are models with a value head, in folders of their own: TRL's AutoModelForCausalLMWithValueHead, which saves the
language model's tensors and the head's side by side under `v_head`, and GRM's reward models, whose head may be an
MLP and whose trainer writes `vhead_layer_type` and its kin into config.json. The heads are restated from their code;
the language model, and so the states that the heads read (`hidden_states[-1]`, behind the last norm), is
transformers'.

`gated` is ArmoRM's class, restated from its modeling_custom.py: objectives at the token before the first
`pad_token_id`, weighed by a network that reads the first token of the last `GATE`; the real one has Llama 3's tokens
before an answer there. Of every position behind the gate it holds the score and the objectives, of the one that is
read also the gradient of the score by each embedding, times the embedding.
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
    LlamaModel,
    LlamaPreTrainedModel,
)

from answers import numbers
from golden_model import randomise, save_tensors
from policies import FOLDER as POLICIES
from policies import GEMMA, LLAMA, VOCABULARY

FOLDER = POLICIES.parent / "heads"
TOKENS = [0, 41, 7]
GATE = [5, 6, 9, 7, 8]


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


class GatingNetwork(nn.Module):
    def __init__(self, width, objectives, temperature, hidden, layers):
        super().__init__()
        self.temperature = temperature
        self.logit_scale = nn.Parameter(torch.ones(1))
        widths = [width] + [hidden] * layers + [objectives]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, states):
        for i, layer in enumerate(self.layers):
            states = layer(states) if i == len(self.layers) - 1 else torch.relu(layer(states))
        return torch.softmax(states / self.temperature, dim=1) * self.logit_scale[0]


class LlamaForRewardModelWithGating(LlamaPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        objectives = config.num_objectives
        self.regression_layer = nn.Linear(config.hidden_size, objectives, bias=False)
        self.reward_transform_matrix = nn.Parameter(torch.eye(objectives))
        self.gating = GatingNetwork(
            config.hidden_size,
            objectives,
            config.gating_temperature,
            config.gating_hidden_dim,
            config.gating_n_hidden,
        )
        self.post_init()

    def answers(self, states, gate):
        """The score and the objectives of every row of states, [n, hidden], by the gate at one of them."""
        rewards = self.regression_layer(states)
        weights = self.gating(states[gate : gate + 1])
        score = torch.sum(weights * (rewards @ self.reward_transform_matrix), dim=1, keepdim=True)
        return torch.cat([score, rewards], dim=1)


def gate_of(ids):
    for at in range(len(ids) - len(GATE), -1, -1):
        if ids[at : at + len(GATE)] == GATE:
            return at
    raise ValueError("no gate")


def gated():
    config = LlamaConfig(**LLAMA, num_objectives=5, gating_temperature=2.5, gating_hidden_dim=12, gating_n_hidden=2)
    config._attn_implementation = "eager"
    model = LlamaForRewardModelWithGating(config).eval()
    randomise(model, 17)
    folder = FOLDER / "armorm"
    folder.mkdir()
    save_tensors({key: tensor.contiguous() for key, tensor in model.state_dict().items()}, folder, 1)
    config.save_pretrained(folder)
    written = json.loads((folder / "config.json").read_text())
    written.pop("transformers_version", None)
    written["architectures"] = ["LlamaForRewardModelWithGating"]
    (folder / "config.json").write_text(json.dumps(written, indent=1) + "\n")
    return {"model": "armorm", "gate": GATE, "sequences": [gated_answer(model, ids) for ids in gated_sequences()]}


def gated_sequences():
    chance = random.Random(13)
    draw = lambda count: [chance.randrange(20, VOCABULARY) for _ in range(count)]
    prompt = [1, *draw(6)]
    answer = draw(7)
    one = [*prompt, *GATE, *answer]
    return [
        one,
        [*prompt, *GATE, *answer[:2]],
        [*one, GATE[0], *draw(3), *GATE, *draw(4)],
        [*GATE, *draw(2)],
        [*prompt, *GATE],
        [*prompt, *GATE, *answer, 0, 0],
        [*prompt, *GATE, *answer[:4], 0, *draw(3)],
    ]


def gated_answer(model, ids):
    gate = gate_of(ids)
    read = (ids.index(0) - 1) % len(ids) if 0 in ids else len(ids) - 1
    embeddings = model.get_input_embeddings()(torch.tensor([ids])).detach().requires_grad_()
    trunk = model.model(inputs_embeds=embeddings, output_attentions=True)
    answers = model.answers(trunk.last_hidden_state[0], gate)
    answers[read, 0].backward()
    attribution = (embeddings.grad * embeddings).sum(-1)[0].detach()
    return {
        "ids": ids,
        "pool": [gate, read],
        "answers": numbers(answers.detach()),
        "attention": numbers(trunk.attentions[-1][0].mean(0)[read].detach()),
        "attribution": numbers(attribution),
    }


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
        "gated": gated(),
    }
    path = POLICIES.parent / "heads.json"
    path.write_text(json.dumps(found, separators=(",", ":")).replace('},{"', '},\n{"') + "\n")


if __name__ == "__main__":
    main()
