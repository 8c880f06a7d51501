"""Makes tests/golden/integrated.json: integrated gradients of the golden models' scores by torch's autograd.

    python tests/oracle/integrated.py

One sequence at a time without padding, in float64. Only some tokens move: their embeddings go from the mean of
all rows of the table to their own, the others stay. Per token what `captum` calls the attribution: the mean
gradient along the straight line, by the trapezium rule, times the way. Steps are doubled as the engine doubles
them, from 8 until the residual is a hundredth of all sizes and half as many steps would change a tenth of them at
most; `fine` is the same of 128 steps.
"""

import datetime
import json

import torch
import transformers

from answers import numbers
from families import MODELS
from gradients import WEIGHTS, scorer
from models import FOLDER

NAMES = ("llama", "gpt2", "gemma2", "bert", "modernbert")
SEQUENCES = 2
FEWEST, MOST, RESIDUAL, CHANGE = 8, 128, 0.01, 0.1


def points(score_of, start, end):
    """The slope along the way of every token at each point of the finest division, and the scores of both ends."""
    slopes, scores = [], []
    for k in range(MOST + 1):
        here = (start + k / MOST * (end - start)).requires_grad_()
        score = score_of(here)
        score.backward()
        slopes.append(((end - start) * here.grad).sum(-1)[0])
        scores.append(score.item())
    return torch.stack(slopes), scores[-1] - scores[0]


def trapezium(slopes, steps):
    chosen = slopes[:: MOST // steps]
    return (chosen.sum(0) - (chosen[0] + chosen[-1]) / 2) / steps


def integrated(entry, model, weights, sequence):
    score_of = scorer(entry, model, weights, sequence)
    table = model.get_input_embeddings()
    end = table(torch.tensor([sequence["ids"]])).detach()
    count = len(sequence["ids"])
    moved = [count // 3, count - 1] if count > 3 else [0, count]
    start = end.clone()
    start[:, moved[0]:moved[1]] = unscaled(table).mean(0)
    slopes, gained = points(score_of, start, end)
    steps = FEWEST
    while True:
        brought = trapezium(slopes, steps)
        size = brought.abs().sum()
        residual = abs(brought.sum() - gained) / size
        change = (brought - trapezium(slopes, steps // 2)).abs().sum() / size
        if residual <= RESIDUAL and change <= CHANGE or steps >= MOST:
            break
        steps *= 2
    return {
        **{key: sequence[key] for key in ("ids", "types") if key in sequence},
        "pool": entry.pool(sequence),
        "moved": moved,
        "steps": steps,
        "gained": gained,
        "brought": numbers(brought),
        "fine": numbers(trapezium(slopes, MOST)),
    }


def unscaled(table):
    """Gemma's table multiplies what it looks up, so that the mean must be looked up as well."""
    return table(torch.arange(table.weight.shape[0])).detach()


def main():
    made = {}
    for name in NAMES:
        folder, entry = FOLDER / name, MODELS[name]
        model = entry.load(folder, torch.float64)
        weights = torch.tensor(WEIGHTS[model.config.num_labels], dtype=torch.float64)
        golden = json.loads((folder / "golden.json").read_text())
        chosen = sorted(golden["sequences"], key=lambda each: len(each["ids"]))[-SEQUENCES:]
        made[name] = {
            "label_weights": weights.tolist(),
            "sequences": [integrated(entry, model, weights, each) for each in chosen],
        }
    made_by = {"script": "tests/oracle/integrated.py", "torch": torch.__version__,
               "transformers": transformers.__version__, "date": str(datetime.date.today())}
    target = FOLDER.parent / "integrated.json"
    target.write_text(json.dumps({"made_by": made_by, "models": made}) + "\n")


if __name__ == "__main__":
    main()
