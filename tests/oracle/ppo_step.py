"""Makes tests/golden/ppo_step.json: consecutive steps of PPO on a tiny policy, computed by torch.

    python tests/oracle/ppo_step.py > tests/golden/ppo_step.json

The policies are those of tests/golden/policies, run by transformers in float32; batches are padded on
the right with a mask, losses are `masked_mean`s over it, gradients come from autograd, their norm is
limited by `clip_grad_norm_`, and `torch.optim.AdamW` changes the parameters. What the loss is made of
(old log-probabilities, values, advantages, returns) is drawn near what the policy says, so that each
kind of clipping happens to some tokens and not to others.

Of every parameter the file holds how much each update changed it: the first entries, and projections on
fixed waves, `sum of change[i] * cos((k + 1) * (i + 1))` with i from 0 over the flattened tensor.
"""

import datetime
import json
import math
import pathlib
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM

POLICIES = pathlib.Path(__file__).parent.parent / "golden" / "policies"
UPDATES = 2
HEAD = 4
WAVES = 2

ADAM = dict(
    learning_rate=0.01,
    schedule="cosine",
    beta1=0.9,
    beta2=0.95,
    # Large beside the rounding of a gradient, so that no entry's first step hangs on it.
    epsilon=1e-5,
    weight_decay=0.1,
    max_gradient_norm=0.5,
)
LOSS = dict(clip=0.2, value_clip=0.2, value_coefficient=0.1, entropy_coefficient=0.01)

CASES = [
    dict(policy="llama", critic="shared", temperature=0.7, warm_up_updates=2, total_updates=5),
    dict(policy="gpt2", critic="shared", temperature=1.0, warm_up_updates=0, total_updates=3),
    dict(policy="llama-tied-biased", critic="separate", temperature=1.0, warm_up_updates=0, total_updates=3),
]
# Prompt and response tokens of the batch of each update; the second has fewer sequences.
LENGTHS = [[(3, 5), (1, 7), (6, 2)], [(2, 4), (5, 6)]]


def rate(update, warm_up, total, peak):
    """Of update number 1, 2, ...: a linear rise, then half a cosine."""
    if update <= warm_up:
        return peak * update / warm_up
    progress = min(1, (update - warm_up - 1) / max(1, total - warm_up))
    return peak * (1 + math.cos(math.pi * progress)) / 2


class ActorCritic(torch.nn.Module):
    """A policy, a value head, and perhaps a trunk of the critic's own."""

    def __init__(self, folder, critic, generator):
        super().__init__()
        load = lambda: AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
        self.policy = load().eval()
        self.critic = load().eval() if critic == "separate" else None
        self.value_head = torch.nn.Linear(self.policy.config.hidden_size, 1)
        self.value_head.weight.data = torch.randn(1, self.policy.config.hidden_size, generator=generator) * 0.3
        self.value_head.bias.data = torch.tensor([0.25])

    def forward(self, ids, mask):
        hidden = self.policy.base_model(ids, attention_mask=mask).last_hidden_state
        seen = hidden if self.critic is None else self.critic.base_model(ids, attention_mask=mask).last_hidden_state
        return self.policy.lm_head(hidden), self.value_head(seen)[..., 0]  # [batch, length, ...]

    def trained(self):
        """Name in a vector of parameters: the parameter. A critic's head over the vocabulary is no part."""
        named = dict(self.policy.named_parameters())
        if self.critic is not None:
            of_trunk = self.critic.base_model_prefix
            named |= {
                f"critic.{name}": each
                for name, each in self.critic.named_parameters()
                if name.startswith(f"{of_trunk}.")
            }
        return named | {f"value_head.{name}": each for name, each in self.value_head.named_parameters()}


def padded(rows, dtype):
    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row, dtype=dtype) for row in rows], batch_first=True)


def masked_mean(values, mask):
    return (values * mask).sum() / mask.sum()


def clipped_losses(model, batch, temperature):
    """The loss of PPO and what is watched of it, over padded rows of response tokens."""
    ids = padded([p + r for p, r in batch["pairs"]], torch.long)
    seen = padded([[1] * len(p + r) for p, r in batch["pairs"]], torch.long)
    logits, values = model(ids, seen)
    before = padded([[len(p) - 1 + t for t in range(len(r))] for p, r in batch["pairs"]], torch.long)
    mask = padded([[1.0] * len(r) for _, r in batch["pairs"]], torch.float32)
    rows = torch.arange(len(batch["pairs"]))[:, None]
    actions = padded([r for _, r in batch["pairs"]], torch.long)
    distribution = torch.distributions.Categorical(logits=logits[rows, before] / temperature)
    log_probs, value = distribution.log_prob(actions), values[rows, before]
    old = {name: padded(batch[name], torch.float32) for name in ("log_probs", "values", "advantages", "returns")}
    ratio = torch.exp(log_probs - old["log_probs"])
    surrogate = torch.minimum(
        ratio * old["advantages"], ratio.clip(1 - LOSS["clip"], 1 + LOSS["clip"]) * old["advantages"]
    )
    near = old["values"] + (value - old["values"]).clip(-LOSS["value_clip"], LOSS["value_clip"])
    errors = [(each - old["returns"]) ** 2 for each in (value, near)]
    parts = {
        "policy_loss": -masked_mean(surrogate, mask),
        "value_loss": 0.5 * masked_mean(torch.maximum(*errors), mask),
        "entropy": masked_mean(distribution.entropy(), mask),
        "approx_kl": masked_mean((ratio - 1) - torch.log(ratio), mask),
        "clip_fraction": masked_mean(((ratio - 1).abs() > LOSS["clip"]).float(), mask),
        "value_clip_fraction": masked_mean((errors[1] > errors[0]).float(), mask),
    }
    loss = (
        parts["policy_loss"]
        + LOSS["value_coefficient"] * parts["value_loss"]
        - LOSS["entropy_coefficient"] * parts["entropy"]
    )
    return loss, parts, log_probs.detach(), value.detach()


def drawn_batch(model, lengths, temperature, generator):
    """Sequences, and old numbers scattered around the model's own."""
    vocabulary = model.policy.config.vocab_size
    ids = lambda count: torch.randint(vocabulary, (count,), generator=generator).tolist()
    batch = {"pairs": [(ids(prompt), ids(response)) for prompt, response in lengths]}
    noise = lambda scale: [
        [short(each) for each in torch.randn(r, generator=generator).mul(scale)] for _, r in lengths
    ]
    batch |= {name: noise(1.0) for name in ("log_probs", "values", "advantages", "returns")}
    with torch.no_grad():
        _, _, log_probs, values = clipped_losses(model, batch, temperature)
    for name, now in (("log_probs", log_probs), ("values", values)):
        batch[name] = [
            [short(float(now[i, t]) + shift) for t, shift in enumerate(row)] for i, row in enumerate(noise(0.3))
        ]
    return batch


def short(number):
    return float(f"{float(number):.9g}")


def summary(change):
    flat = change.flatten().double()
    places = torch.arange(1, len(flat) + 1, dtype=torch.float64)
    return {
        "head": [short(each) for each in flat[:HEAD]],
        "waves": [short(flat @ torch.cos(wave * places)) for wave in range(1, WAVES + 1)],
        "norm": short(flat.norm()),
    }


def steps(case, seed):
    generator = torch.Generator().manual_seed(seed)
    model = ActorCritic(POLICIES / case["policy"], case["critic"], generator)
    named = model.trained()
    head = {name: named[f"value_head.{name}"].detach().flatten().tolist() for name in ("weight", "bias")}
    optimiser = torch.optim.AdamW(
        named.values(),
        betas=(ADAM["beta1"], ADAM["beta2"]),
        eps=ADAM["epsilon"],
        weight_decay=ADAM["weight_decay"],
    )
    updates = []
    for update in range(1, UPDATES + 1):
        batch = drawn_batch(model, LENGTHS[update - 1], case["temperature"], generator)
        before = {name: each.detach().clone() for name, each in named.items()}
        learning_rate = rate(update, case["warm_up_updates"], case["total_updates"], ADAM["learning_rate"])
        for group in optimiser.param_groups:
            group["lr"] = learning_rate
        optimiser.zero_grad()
        loss, parts, _, _ = clipped_losses(model, batch, case["temperature"])
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(named.values(), ADAM["max_gradient_norm"])
        assert norm > 1.5 * ADAM["max_gradient_norm"], f"the limit of the norm does not bite: {norm}"
        for name in ("clip_fraction", "value_clip_fraction"):
            assert 0 < parts[name] < 1, f"{name} is {parts[name]}"
        optimiser.step()
        stats = {"loss": loss, **parts, "gradient_norm": norm}
        updates.append({
            **batch,
            "stats": {name: short(each.detach()) for name, each in stats.items()} | {"learning_rate": learning_rate},
            "changes": {name: summary(each.detach() - before[name]) for name, each in named.items()},
        })
    return {**case, "value_head": head, "updates": updates}


def main():
    made_by = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "date": datetime.date.today().isoformat(),
    }
    cases = [steps(case, 40 + seed) for seed, case in enumerate(CASES)]
    json.dump({"made_by": made_by, "adam": ADAM, "loss": LOSS, "cases": cases}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
