"""Makes tests/golden/algorithms.json: a step of each algorithm on a tiny policy, computed by numpy and torch.

    python tests/oracle/algorithms.py > tests/golden/algorithms.json

A case goes from rewards of tokens to changed weights. Advantages are written here from the papers'
formulas for one score per text, entry by entry with numpy; what src/ppo does with rows and sums is done
with loops. The loss is written for padded tensors with masks, and torch differentiates it; torch.optim.AdamW
changes the parameters of the policies in tests/golden/policies, run by transformers in float32.

Every case has completions of several lengths, and its advantages are held here to the published scalar form
at the first token, and at every token where the last one earns all and KL costs nothing.
"""

import datetime
import json
import sys

import numpy as np
import torch
import transformers

from ppo_step import ADAM, POLICIES, ActorCritic, padded, short, summary

EPSILON_GROUP = 1e-4
EPSILON_BATCH = 1e-8

CASES = [
    dict(algorithm="ppo", policy="gpt2", critic="separate", per_prompt=1, scale="batch", mean="token",
         kl_in="reward", clip=0.2, clip_high=0.28, dual_clip=1.3, gamma=1.0),
    dict(algorithm="ppo", policy="llama", critic="shared", per_prompt=2, scale="batch", mean="token",
         kl_in="reward", clip=0.2, clip_high=0.2, dual_clip=None, gamma=1.0, critic_learning_rate=0.003,
         critic_max_gradient_norm=0.01),
    dict(algorithm="rloo", policy="llama", critic="none", per_prompt=3, scale="none", mean="constant",
         kl_in="reward", clip=0.2, clip_high=0.2, dual_clip=None, gamma=1.0),
    dict(algorithm="grpo", policy="gpt2", critic="none", per_prompt=3, scale="group", mean="sequence",
         kl_in="loss", clip=0.2, clip_high=0.28, dual_clip=None, gamma=1.0),
    dict(algorithm="grpo", policy="llama-tied-biased", critic="none", per_prompt=2, scale="none", mean="constant",
         kl_in="loss", clip=0.1, clip_high=0.1, dual_clip=1.2, gamma=0.9),
    dict(algorithm="reinforce++", policy="llama", critic="none", per_prompt=1, scale="batch", mean="token",
         kl_in="reward", clip=0.2, clip_high=0.2, dual_clip=None, gamma=1.0),
    dict(algorithm="reinforce++", policy="gpt2", critic="none", per_prompt=2, scale="batch", mean="sequence",
         kl_in="reward", clip=0.2, clip_high=0.2, dual_clip=1.2, gamma=0.95),
]  # fmt: skip
LENGTHS = [(3, 5), (1, 7), (6, 2), (2, 4), (5, 6), (4, 1)]
LONGEST = 8
LAMBDA = 0.95
COEFFICIENT = 0.15
LOSS = dict(value_clip=0.2, value_coefficient=0.1, entropy_coefficient=0.01)
LEARNING_RATE = 0.01


def to_go(rewards, gamma):
    """Every sum of what is still to come, as the double sum that it is."""
    tokens = len(rewards)
    return [sum(gamma ** (s - t) * rewards[s] for s in range(t, tokens)) for t in range(tokens)]


def later(row, t):
    """What a completion counts with at a token: its own, or its last if it is shorter."""
    return row[t] if t < len(row) else row[-1]


def baseline(case, rows, i, t):
    """The mean over the completions of the prompt of completion i, with it or without it."""
    start = i - i % case["per_prompt"]
    peers = [j for j in range(start, start + case["per_prompt"]) if j != i or case["algorithm"] != "rloo"]
    return float(np.mean([later(rows[j], t) for j in peers]))


def estimates(case, rewards, values):
    """Advantages before they are scaled, and returns of a critic."""
    if case["algorithm"] == "ppo":
        found = [generalised(r, v, case["gamma"]) for r, v in zip(rewards, values)]
        return found, [[a + v for a, v in zip(row, value)] for row, value in zip(found, values)]
    rows = [to_go(row, case["gamma"]) for row in rewards]
    if case["per_prompt"] == 1:
        return rows, None
    return [[entry - baseline(case, rows, i, t) for t, entry in enumerate(row)] for i, row in enumerate(rows)], None


def generalised(rewards, values, gamma):
    after = [*values[1:], 0.0]
    delta = [r + gamma * w - v for r, w, v in zip(rewards, after, values)]
    return to_go(delta, gamma * LAMBDA)


def scaled(case, advantages, rewards):
    if case["scale"] == "none":
        return advantages
    if case["scale"] == "batch":
        every = np.concatenate(advantages)
        return [((np.array(row) - every.mean()) / np.sqrt(every.var(ddof=1) + EPSILON_BATCH)).tolist()
                for row in advantages]  # fmt: skip
    rows = [to_go(row, case["gamma"]) for row in rewards]
    centred = [[entry - baseline(case, rows, i, t) for t, entry in enumerate(row)] for i, row in enumerate(rows)]
    squares = np.array([np.mean(np.square(row)) for row in centred]).reshape(-1, case["per_prompt"])
    deviations = np.repeat(np.sqrt(squares.sum(axis=1) / (case["per_prompt"] - 1)), case["per_prompt"])
    return [(np.array(row) / (deviation + EPSILON_GROUP)).tolist() for row, deviation in zip(advantages, deviations)]


def published(case, totals, i):
    """The advantage of a whole text in the papers, before PPO's and REINFORCE++'s normalisation."""
    start = i - i % case["per_prompt"]
    group = totals[start : start + case["per_prompt"]]
    if case["algorithm"] == "rloo":
        return totals[i] - (sum(group) - totals[i]) / (len(group) - 1)
    if case["algorithm"] == "grpo":
        of_group = np.array(group)
        spread = of_group.std(ddof=1) + EPSILON_GROUP if case["scale"] == "group" else 1.0
        return (totals[i] - of_group.mean()) / spread
    return totals[i] - (np.mean(group) if case["per_prompt"] > 1 else 0.0)


def check_published(case, rewards):
    """That one reward per text gives the published form at every token, and many its numerator at the first."""
    if case["algorithm"] == "ppo" or case["gamma"] != 1:
        return
    for sparse in (False, True):
        rows = [[0.0] * (len(row) - 1) + [sum(row)] for row in rewards] if sparse else rewards
        found, _ = estimates(case, rows, None)
        if case["algorithm"] == "grpo" and sparse:
            found = scaled(case, found, rows)
        for i, row in enumerate(found):
            form = case if sparse else {**case, "scale": "none"}
            expected = published(form, [sum(each) for each in rewards], i)
            checked = row if sparse else row[:1]
            assert np.allclose(checked, expected, atol=1e-9), (case["algorithm"], sparse, row, expected)


def read(model, pairs, temperature=1.0):
    """Log-probabilities and entropies of response tokens, and values, on padded rows; and the mask."""
    ids = padded([p + r for p, r in pairs], torch.long)
    seen = padded([[1] * len(p + r) for p, r in pairs], torch.long)
    logits, values = model(ids, seen)
    before = padded([[len(p) - 1 + t for t in range(len(r))] for p, r in pairs], torch.long)
    mask = padded([[1.0] * len(r) for _, r in pairs], torch.float32)
    rows = torch.arange(len(pairs))[:, None]
    distribution = torch.distributions.Categorical(logits=logits[rows, before] / temperature)
    return distribution.log_prob(padded([r for _, r in pairs], torch.long)), distribution.entropy(), values[rows, before], mask


def aggregate(case, losses, mask):
    """The three ways of one number, written as sums over texts."""
    if case["mean"] == "token":
        return (losses * mask).sum() / mask.sum()
    per_text = (losses * mask).sum(dim=1)
    if case["mean"] == "sequence":
        return (per_text / mask.sum(dim=1)).mean()
    return (per_text / LONGEST).mean()


def losses(case, model, batch):
    log_probs, entropy, value, mask = read(model, batch["pairs"])
    old = {name: padded(batch[name], torch.float32) for name in batch if name != "pairs"}
    ratio = torch.exp(log_probs - old["log_probs"])
    advantage = old["scaled"]
    clipped = ratio.clip(1 - case["clip"], 1 + case["clip_high"])
    objective = torch.minimum(ratio * advantage, clipped * advantage)
    if case["dual_clip"] is not None:
        floor = torch.maximum(objective, case["dual_clip"] * advantage)
        objective = torch.where(advantage < 0, floor, objective)
        assert ((floor != torch.minimum(ratio * advantage, clipped * advantage)) & (advantage < 0)).any()
    parts = {"policy_loss": -aggregate(case, objective, mask), "entropy": (entropy * mask).sum() / mask.sum()}
    loss = parts["policy_loss"] - LOSS["entropy_coefficient"] * aggregate(case, entropy, mask)
    if case["critic"] != "none":
        near = old["values"] + (value - old["values"]).clip(-LOSS["value_clip"], LOSS["value_clip"])
        errors = [(each - old["returns"]) ** 2 for each in (value, near)]
        parts["value_loss"] = 0.5 * aggregate(case, torch.maximum(*errors), mask)
        loss = loss + LOSS["value_coefficient"] * parts["value_loss"]
    if case["kl_in"] == "loss":
        reference = torch.exp(old["reference_log_probs"] - log_probs)
        loss = loss + COEFFICIENT * aggregate(case, reference - torch.log(reference) - 1, mask)
    outside = (ratio > 1 + case["clip_high"]) | (ratio < 1 - case["clip"])
    return loss, {**parts, "clip_fraction": (outside.float() * mask).sum() / mask.sum()}


def unpadded(values, mask):
    return [[short(each) for each, kept in zip(row, seen) if kept] for row, seen in zip(values, mask)]


def drawn(model, generator):
    """Texts whose old and reference numbers are scattered around the model's own."""
    # Not 0: it is what some of the policies pad with, whose embedding transformers does not train.
    vocabulary = model.policy.config.vocab_size
    ids = lambda count: torch.randint(1, vocabulary, (count,), generator=generator).tolist()
    pairs = [(ids(prompt), ids(response)) for prompt, response in LENGTHS]
    with torch.no_grad():
        log_probs, _, values, mask = read(model, pairs)
    noise = lambda scale: torch.randn(mask.shape, generator=generator) * scale
    around = lambda numbers, scale: unpadded(numbers + noise(scale), mask)
    return {
        "pairs": pairs,
        "log_probs": around(log_probs, 0.4),
        "reference_log_probs": around(log_probs, 0.4),
        "values": around(values, 0.3),
        "credit": around(torch.zeros_like(values), 1.0),
    }


def step(case, seed):
    generator = torch.Generator().manual_seed(seed)
    model = ActorCritic(POLICIES / case["policy"], "separate" if case["critic"] == "separate" else "shared", generator)
    named = model.trained()
    if case["critic"] == "none":
        named = {name: each for name, each in named.items() if not name.startswith("value_head.")}
    batch = drawn(model, generator)
    price = 0.0 if case["kl_in"] == "loss" else COEFFICIENT
    rewards = [
        [c - price * (p - r) for c, p, r in zip(*rows)]
        for rows in zip(batch["credit"], batch["log_probs"], batch["reference_log_probs"])
    ]
    check_published(case, rewards)
    advantages, returns = estimates(case, rewards, batch["values"])
    batch |= {"advantages": advantages, "scaled": scaled(case, advantages, rewards)}
    if returns is not None:
        batch["returns"] = returns
    critics = [each for name, each in named.items() if name.startswith(("critic.", "value_head."))]
    own = [each for name, each in named.items() if not name.startswith(("critic.", "value_head."))]
    groups = [{"params": own}]
    if critics:
        groups.append({"params": critics, "lr": case.get("critic_learning_rate", LEARNING_RATE)})
    optimiser = torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(ADAM["beta1"], ADAM["beta2"]),
                                  eps=ADAM["epsilon"], weight_decay=ADAM["weight_decay"])  # fmt: skip
    before = {name: each.detach().clone() for name, each in named.items()}
    loss, parts = losses(case, model, batch)
    loss.backward()
    norm = torch.nn.utils.get_total_norm([each.grad for each in named.values()])
    if "critic_max_gradient_norm" in case:
        torch.nn.utils.clip_grad_norm_(own, ADAM["max_gradient_norm"])
        limit = case["critic_max_gradient_norm"]
        assert torch.nn.utils.clip_grad_norm_(critics, limit) > limit, "the limit does not bite"
    else:
        torch.nn.utils.clip_grad_norm_(named.values(), ADAM["max_gradient_norm"])
    assert 0 < parts["clip_fraction"] < 1
    optimiser.step()
    stats = {"loss": loss, **parts, "gradient_norm": norm}
    head = {name: model.value_head.state_dict()[name].flatten().tolist() for name in ("weight", "bias")}
    if case["critic"] != "none":
        head = {name: before[f"value_head.{name}"].flatten().tolist() for name in ("weight", "bias")}
    numbers = {name: [[short(each) for each in row] for row in batch[name]] for name in batch if name != "pairs"}
    return {
        **case,
        "value_head": head,
        "pairs": batch["pairs"],
        **numbers,
        "stats": {name: short(each.detach()) for name, each in stats.items()},
        "changes": {name: summary(each.detach() - before[name]) for name, each in named.items()},
    }


def main():
    made_by = {
        "numpy": np.__version__,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "date": datetime.date.today().isoformat(),
    }
    shared = {
        "adam": {**ADAM, "learning_rate": LEARNING_RATE, "schedule": "constant"},
        "loss": LOSS,
        "lambda": LAMBDA,
        "coefficient": COEFFICIENT,
        "longest": LONGEST,
    }
    cases = [step(case, 90 + seed) for seed, case in enumerate(CASES)]
    json.dump({"made_by": made_by, **shared, "cases": cases}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
