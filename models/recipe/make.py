"""Makes both models from the data folder: python make.py --data DIR --out models

Every stage leaves a file in the work folder and is skipped when that file is there;
a training that was killed resumes from its last checkpoint.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

import data
import evaluate
import export
import finetune
import keep
import pretrain
import teachers
import tokenizer

HERE = Path(__file__).parent
# The reward model's runs, one from the other's end: a fresh start of the learning rate
# with other draws of the texts. The last run's weights are the model.
RUNS = [finetune.Plan(epochs=5, rate=8e-4, seed=5), finetune.Plan(epochs=3, rate=5e-4, seed=6)]
# A third run, with --negation: the committed model has not had it.
NEGATION = finetune.Plan(epochs=3, rate=4e-4, seed=7, negated=2000)


def temperature(z, labels):
    """The factor on the log-odds that makes them honest on the validation snippets."""
    scales = np.exp(np.linspace(-1.5, 1.5, 301))
    return float(min(scales, key=lambda s: finetune.log_loss(s * np.asarray(z), labels)))


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--data", required=True, help="folder with movie_reviews.jsonl.gz and the others")
    args.add_argument("--out", default=HERE.parent, type=Path, help="where movie-policy and movie-reward go")
    args.add_argument("--work", default=HERE / "work", type=Path, help="checkpoints; may be deleted afterwards")
    args.add_argument("--logs", default=HERE / "logs", type=Path)
    args.add_argument("--threads", default=2, type=int)
    args.add_argument("--negation", action="store_true", help="a third run, which teaches what \"not\" does")
    args = args.parse_args()
    torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    args.logs.mkdir(parents=True, exist_ok=True)

    corpus = data.load(args.data)
    (args.logs / "held_out.json").write_text(json.dumps(
        {s: [t.row for t in corpus.snippets[s]] for s in ("test", "validation")}) + "\n")
    words = args.work / "tokenizer.json"
    if not words.exists():
        tokenizer.train(corpus).save(str(words))
    tok = Tokenizer.from_file(str(words))

    policy = pretrain.train(corpus, tok, args.work, args.logs / "pretrain.jsonl")
    export.write(policy, words, args.out / "movie-policy", reward=False)

    taught = args.work / "teachers.pt"
    if not taught.exists():
        lines = []
        keep.save(taught, teachers.fit(corpus, lambda line: (lines.append(line), print(line, flush=True))))
        (args.logs / "teachers.txt").write_text("\n".join(lines) + "\n")
    teach = keep.load(taught)

    held = ([t.raw for t in corpus.snippets["validation"]], [t.label for t in corpus.snippets["validation"]])
    model = policy
    for number, plan in enumerate(RUNS + [NEGATION] * args.negation, 1):
        model = finetune.train(corpus, tok, model.state_dict(), teach, plan, args.work, f"reward-{number}",
                               args.logs / f"finetune-{number}.jsonl", held)
    scale = temperature(finetune.predict(model, held[0], tok), held[1])
    export.write(model, words, args.out / "movie-reward", reward=True, head_scale=scale)

    found = {"head_scale": round(scale, 3), **evaluate.report(corpus, args.out)}
    (args.logs / "evaluation.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(found, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
