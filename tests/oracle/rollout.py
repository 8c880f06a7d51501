"""Makes tests/golden/rollout.json: attention rollout (arXiv 2005.00928) of the golden models.

    python tests/oracle/rollout.py

From the attentions of all layers that transformers gives (`output_attentions=True`, eager), one sequence at a
time without padding, in float64: the mean over heads, half of it replaced by the identity, multiplied from the
last layer to the first, and of the product the mean of the pooled rows.
"""

import datetime
import json

import torch
import transformers

from answers import numbers
from families import MODELS
from golden_model import inputs_of
from models import FOLDER

NAMES = ("llama", "llama-biased-sharded", "gpt2", "mistral", "gemma2", "gpt-neox", "bert", "deberta-v3")
SEQUENCES = 5


@torch.no_grad()
def rollout(entry, model, sequence):
    """One weight per token; they add up to 1."""
    ids = torch.tensor([sequence["ids"]])
    attentions = model.base_model(ids, **inputs_of(sequence), output_attentions=True).attentions
    product = torch.eye(ids.shape[1], dtype=torch.float64)
    for layer in attentions:
        mean = layer[0].double().mean(0)
        product = (mean + torch.eye(len(mean), dtype=torch.float64)) / 2 @ product
    row = product[entry.pool(sequence)].mean(0)
    assert abs(row.sum() - 1) < 1e-5
    return numbers(row)


def main():
    made = {}
    for name in NAMES:
        folder, entry = FOLDER / name, MODELS[name]
        model = entry.load(folder, torch.float32)
        golden = json.loads((folder / "golden.json").read_text())
        chosen = sorted(golden["sequences"], key=lambda each: len(each["ids"]))[-SEQUENCES:]
        made[name] = [
            {**{key: each[key] for key in ("ids", "types") if key in each},
             "pool": entry.pool(each), "rollout": rollout(entry, model, each)}
            for each in chosen
        ]
    made_by = {"script": "tests/oracle/rollout.py", "torch": torch.__version__,
               "transformers": transformers.__version__, "date": str(datetime.date.today())}
    target = FOLDER.parent / "rollout.json"
    target.write_text(json.dumps({"made_by": made_by, "models": made}) + "\n")


if __name__ == "__main__":
    main()
