"""Makes tests/golden/half.json: how far transformers itself is off when it computes in float16.

    python tests/oracle/half.py             every model that has no numbers yet
    python tests/oracle/half.py NAME...     these, again where they are there already

For every folder of tests/golden/models, the largest difference between the score in float16 and in float32, over all
sequences of its golden.json and relative to the larger of 1 and the score, and the largest total variation between the
rows of attention of the pooled position. The models are drawn with large weights (see golden_model.py) and so are
worse conditioned than trained ones: rounding their weights alone moves some scores by a percent. Scores are the sums
of logits that gradients.py takes.
"""

import datetime
import json
import sys

import torch
import transformers

from families import MODELS
from golden_model import inputs_of, rows_of
from gradients import WEIGHTS
from models import FOLDER


@torch.no_grad()
def read(entry, model, sequence):
    """Score and pooled row of attention, in float32 from where they leave the model."""
    pool = entry.pool(sequence)
    trunk = model.base_model(torch.tensor([sequence["ids"]]), **inputs_of(sequence), output_attentions=True)
    pooled = rows_of(trunk.last_hidden_state)[pool].mean(0, keepdim=True)
    logits = entry.head(model, pooled)[0].float()
    attention = trunk.attentions[-1][0].float().mean(0)[pool].mean(0)
    return logits @ torch.tensor(WEIGHTS[model.config.num_labels]), attention


def deviation(name, dtype=torch.float16):
    entry, folder = MODELS[name], FOLDER / name
    wide, half = (entry.load(folder, each) for each in (torch.float32, dtype))
    worst = {"score": 0.0, "attention": 0.0}
    for sequence in json.loads((folder / "golden.json").read_text())["sequences"]:
        (score, row), (rounded, rounded_row) = read(entry, wide, sequence), read(entry, half, sequence)
        off = (rounded - score).abs() / score.abs().clamp(min=1)
        worst["score"] = max(worst["score"], off.item())
        worst["attention"] = max(worst["attention"], (rounded_row - row).abs().sum().item() / 2)
    return {key: float(f"{value:.3g}") for key, value in worst.items()}


def main(names):
    path = FOLDER.parent / "half.json"
    known = json.loads(path.read_text())["models"] if path.exists() else {}
    found = {
        "made_by": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "models": {
            name: known[name] if name in known and name not in names else deviation(name) for name in MODELS
        },
    }
    path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
