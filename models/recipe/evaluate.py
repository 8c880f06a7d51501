"""Measures the two directories as anybody would use them: through transformers, on
the raw held-out text. python evaluate.py --data DIR --models ..
"""
import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

import data
import negation
from finetune import windows

PREFIXES = (16, 32, 64, 128)
TRY = [
    "A warm, funny film with real heart.",
    "A dull, lifeless mess.",
    "This movie is great!",
    "This movie is terrible!",
    "not good at all",
    "not bad",
    "not bad at all, in fact quite enjoyable",
    "It's okay.",
    "I watched it on Tuesday.",
    "The story follows two brothers who move to the city.",
    "One of the best films of the year.",
    "One of the worst films of the year.",
    "I expected a masterpiece and got a snooze.",
    "Despite a slow start, it is a delight.",
    "Despite a great cast, it is a bore.",
    "the film",
    "the film is a",
    "the film is a triumph",
    "the film is a waste of time",
]


@torch.no_grad()
def scores(model, pad, rows, tokens=8192):
    """The log-odds of rows of token ids, in batches of like length."""
    out, order = np.zeros(len(rows)), sorted(range(len(rows)), key=lambda i: len(rows[i]))
    while order:
        n = 1
        while n < len(order) and len(rows[order[n]]) * (n + 1) <= tokens:
            n += 1
        group, order = order[:n], order[n:]
        width = len(rows[group[-1]])
        x = torch.tensor([rows[i] + [pad] * (width - len(rows[i])) for i in group])
        mask = torch.tensor([[1] * len(rows[i]) + [0] * (width - len(rows[i])) for i in group])
        out[group] = model(input_ids=x, attention_mask=mask).logits[:, 0].float().numpy()
    return out


def measures(z, labels):
    z, y = np.asarray(z), np.asarray(labels)
    p = 1 / (1 + np.exp(-z))
    edges = np.minimum((p * 10).astype(int), 9)
    error = sum(abs(p[edges == b].mean() - y[edges == b].mean()) * (edges == b).mean()
                for b in range(10) if (edges == b).any())
    rank = np.argsort(np.argsort(z)) + 1.0
    pos = y == 1
    area = (rank[pos].sum() - pos.sum() * (pos.sum() + 1) / 2) / (pos.sum() * (~pos).sum())
    return {"texts": len(y), "accuracy": round(float(((z > 0) == y).mean()), 4),
            "log_loss": round(float(np.logaddexp(0, np.where(y == 1, -z, z)).mean()), 4),
            "calibration_error": round(float(error), 4), "auc": round(float(area), 4)}


def understood(negated, plain):
    """How many texts of blame are turned by a negation: above the plain text, above zero, and both."""
    parts = {"above": negated > plain, "positive": negated > 0, "understood": (negated > plain) & (negated > 0)}
    return {"pairs": len(negated), **{name: round(float(part.mean()), 4) for name, part in parts.items()}}


def reward(folder, texts_of, prefixes=PREFIXES):
    """All the numbers of the reward model on one split: {"snippets": [...], "reviews": [...]}."""
    tok = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    ask = lambda rows: scores(model, tok.pad_token_id, rows)
    found = {}
    snippets, reviews = texts_of["snippets"], texts_of["reviews"]
    labels = [t.label for t in snippets]
    ids = [tok(t.raw)["input_ids"] for t in snippets]
    found["snippets"] = measures(ask(ids), labels)
    found["snippets, end token added"] = measures(ask([i + [tok.eos_token_id] for i in ids]), labels)
    labels = [t.label for t in reviews]
    ids = [tok(t.raw)["input_ids"] for t in reviews]
    cut = [windows(i, model.config.max_position_embeddings) for i in ids]
    flat = iter(ask([w for c in cut for w in c]))
    found["reviews"] = measures([np.mean([next(flat) for _ in c]) for c in cut], labels)
    for n in prefixes:
        found[f"review openings of {n} tokens"] = measures(ask([i[:n + 1] for i in ids]), labels)
    pairs = negation.measured()
    z = ask([tok(t)["input_ids"] for pair in pairs for t in pair]).reshape(-1, 2)
    found["negations"] = understood(z[:, 0], z[:, 1])
    new = np.array([not negation.taught(negated) for negated, _ in pairs])
    found["negations of forms that are not taught"] = understood(z[new, 0], z[new, 1])
    return found, list(zip(TRY, (round(float(z), 2) for z in ask([tok(t)["input_ids"] for t in TRY]))))


@torch.no_grad()
def language(folder, texts_of):
    """Mean loss per token of the policy on held-out text, end token included."""
    tok = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    found = {}
    for name, texts in texts_of.items():
        total = count = letters = 0
        for t in texts:
            text = data.natural(t.raw)
            ids = (tok(text)["input_ids"] + [tok.eos_token_id])[:model.config.max_position_embeddings]
            x = torch.tensor([ids])
            total += model(input_ids=x, labels=x).loss.item() * (len(ids) - 1)
            count += len(ids) - 1
        found[name] = {"texts": len(texts), "loss": round(total / count, 4), "perplexity": round(math.exp(total / count), 1)}
    return found


def samples(folder, prompts=("", "The film is", "I loved", "The plot"), seed=0):
    tok = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    torch.manual_seed(seed)
    out = []
    for p in prompts:
        ids = torch.tensor([tok(p)["input_ids"]])
        y = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=40, do_sample=True, temperature=0.8, top_k=50)
        out.append(tok.decode(y[0], skip_special_tokens=True).strip())
    return out


def report(corpus, reward_model, policy):
    held = {"snippets": corpus.snippets["test"], "reviews": corpus.reviews["test"]}
    found, tried = reward(reward_model, held)
    of_policy = {"policy": language(policy, held), "samples": samples(policy)} if policy.exists() else {}
    return {"reward": found, "examples": tried, **of_policy}


if __name__ == "__main__":
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--data", required=True)
    args.add_argument("--models", default=Path(__file__).parent.parent, type=Path)
    args = args.parse_args()
    found = report(data.load(args.data), args.models / "movie-reward", args.models / "movie-policy")
    print(json.dumps(found, indent=1, ensure_ascii=False))
