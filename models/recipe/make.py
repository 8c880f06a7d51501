"""Makes both models from the data folder: python make.py --data DIR --out models

Every stage leaves a file in the work folder and is skipped when that file is there;
a training that was killed resumes from its last checkpoint.
"""
import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import torch
from tokenizers import Tokenizer

import choose
import data
import evaluate
import export
import finetune
import keep
import negation
import pretrain
import teachers
import tokenizer
from llama import SIZES, Llama

HERE = Path(__file__).parent
# The reward model's runs, one from the other's end: a fresh start of the learning rate
# with other draws of the texts.
RUNS = [finetune.Plan(epochs=5, rate=8e-4, seed=5), finetune.Plan(epochs=3, rate=5e-4, seed=6)]
# With --negation two stages more, each of two runs side by side, whose weights `choose.py` averages. The second,
# which sees mostly verdicts, was added when the first had taught half of the pairs to choose by.
NEGATION = [
    [finetune.Plan(epochs=2, rate=4e-4, seed=seed, sentences=0.3, lines=0.06, segments=0.1, negated=4000)
     for seed in (7, 8)],
    [finetune.Plan(epochs=1, rate=8e-4, seed=seed, spans=0.05, sentences=0.05, lines=0.02, segments=0.03, products=0,
                   negated=14000, turned=1.6) for seed in (9, 10)],
]


def arguments():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--data", required=True, help="folder with movie_reviews.jsonl.gz and the others")
    args.add_argument("--out", default=HERE.parent, type=Path, help="where movie-policy and movie-reward go")
    args.add_argument("--work", default=HERE / "work", type=Path, help="checkpoints; may be deleted afterwards")
    args.add_argument("--logs", default=HERE / "logs", type=Path)
    args.add_argument("--threads", default=2, type=int)
    args.add_argument("--device", default="cpu", help="where the networks learn and are chosen, as cuda")
    args.add_argument("--size", default="usual", choices=SIZES, help="of the network; others than usual are "
                      "written beside the usual one, under a name of their own")
    args.add_argument("--pairs", action="store_true", help="learns which of two texts is better (Bradley-Terry) "
                      "instead of log-odds: movie-reward-pairs")
    args.add_argument("--negation", action="store_true", help="four more runs, which teach what \"not\" does")
    args.add_argument("--from", dest="start", type=Path, help="directory of weights to start from: those of a "
                      "language model spare its training, those of a reward model all but --negation")
    return args.parse_args()


def sized(args):
    """What names end in that depend on the size alone, as those of the language model."""
    return "" if args.size == "usual" else f"-{args.size}"


def variant(args):
    """What names of the reward model end in."""
    return sized(args) + "-pairs" * args.pairs


def words_of(args, corpus):
    """The tokenizer: that of the weights to start from, or one that is trained."""
    path = args.work / "tokenizer.json"
    if args.start:
        path.write_bytes((args.start / "tokenizer.json").read_bytes())
    elif not path.exists():
        tokenizer.train(corpus).save(str(path))
    return path


def taught(args, corpus):
    """The teachers' log-odds."""
    path = args.work / "teachers.pt"
    if not path.exists():
        lines = []
        keep.save(path, teachers.fit(corpus, lambda line: (lines.append(line), print(line, flush=True))))
        (args.logs / "teachers.txt").write_text("\n".join(lines) + "\n")
    return keep.load(path)


def train(args, plan, number, base):
    """The run of this number, from its checkpoint if it has one."""
    torch.set_num_threads(args.threads)
    corpus, shape = data.load(args.data), SIZES[args.size]
    tok = Tokenizer.from_file(str(args.work / "tokenizer.json"))
    name = f"reward{variant(args)}-{number}"
    model = finetune.train(corpus, tok, keep.load(base), taught(args, corpus), replace(plan, pairs=args.pairs),
                           args.work, name, args.logs / f"finetune{variant(args)}-{number}.jsonl",
                           choose.Validation(corpus, tok, shape.positions), shape, args.device)
    return model.state_dict()


def one_after_the_other(args, policy):
    base = args.work / f"reward{variant(args)}-0.pt"
    keep.save(base, policy.state_dict())
    for number, plan in enumerate(RUNS, 1):
        weights = train(args, plan, number, base)
        base = args.work / f"reward{variant(args)}-{number}.done.pt"
    return weights


def _alone(args, plan, number, base):
    train(args, plan, number, base)  # its file is what it returns: tensors do not travel well


def side_by_side(args, plans, first, start):
    """Runs from the same weights, each in a process and with its part of the threads. Returns their weights."""
    base, numbers = args.work / f"reward{variant(args)}-before-{first}.pt", range(first, first + len(plans))
    keep.save(base, start)
    part = argparse.Namespace(**{**vars(args), "threads": max(1, args.threads // len(plans))})
    with ProcessPoolExecutor(len(plans), mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(_alone, part, plan, n, base) for n, plan in zip(numbers, plans)]:
            done.result()
    return [keep.load(args.work / f"reward{variant(args)}-{n}.done.pt") for n in numbers]


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    args.logs.mkdir(parents=True, exist_ok=True)
    corpus, shape = data.load(args.data), SIZES[args.size]
    (args.logs / "held_out.json").write_text(json.dumps(
        {s: [t.row for t in corpus.snippets[s]] for s in ("test", "validation")}) + "\n")
    words = words_of(args, corpus)
    tok = Tokenizer.from_file(str(words))
    taught(args, corpus)

    start = export.read(args.start, shape) if args.start else None
    if start is None:
        start = pretrain.train(corpus, tok, args.work / f"pretrain{sized(args)}.pt",
                               args.logs / f"pretrain{sized(args)}.jsonl", shape, device=args.device)
        export.write(start, words, args.out / f"movie-policy{sized(args)}", reward=False)
    weights = start.state_dict()
    if not start.score.weight.any():
        weights = one_after_the_other(args, start)
    validation = choose.Validation(corpus, tok, shape.positions)
    first = len(RUNS) + 1
    for plans in NEGATION * args.negation:
        runs = side_by_side(args, plans, first, weights)
        weights, tried = choose.mixture(weights, runs, validation, shape, args.device)
        (args.logs / f"choice{variant(args)}-{first}.json").write_text(json.dumps(tried, indent=1) + "\n")
        first += len(plans)
    model = Llama(shape)
    model.load_state_dict(weights)
    scale = validation.temperature(model.eval().to(args.device))
    folder = args.out / f"movie-reward{variant(args)}"
    export.write(model.cpu(), words, folder, reward=True, head_scale=scale)

    found = {"head_scale": round(scale, 3), **evaluate.report(corpus, folder, args.out / "movie-policy")}
    (args.logs / f"evaluation{variant(args)}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(found, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
