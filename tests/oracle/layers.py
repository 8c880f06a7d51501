"""Makes tests/golden/layers.json: the attention of the pooled positions in each layer of the golden models.

    python tests/oracle/layers.py

From the attentions of all layers that transformers gives (`output_attentions=True`, eager), one sequence at a
time without padding, in float64: per layer the mean over heads, and of that the mean of the pooled rows.
"""

import datetime
import json

import torch
import transformers

from answers import numbers
from families import MODELS
from golden_model import inputs_of
from models import FOLDER

NAMES = ("llama", "gpt2", "gemma2", "bert")
SEQUENCES = 3


@torch.no_grad()
def layers(entry, model, sequence):
    """Per layer one weight per token; they add up to 1."""
    ids = torch.tensor([sequence["ids"]])
    attentions = model.base_model(ids, **inputs_of(sequence), output_attentions=True).attentions
    return [numbers(layer[0].double().mean(0)[entry.pool(sequence)].mean(0)) for layer in attentions]


def main():
    made = {}
    for name in NAMES:
        folder, entry = FOLDER / name, MODELS[name]
        model = entry.load(folder, torch.float32)
        golden = json.loads((folder / "golden.json").read_text())
        chosen = sorted(golden["sequences"], key=lambda each: len(each["ids"]))[-SEQUENCES:]
        made[name] = [
            {**{key: each[key] for key in ("ids", "types") if key in each},
             "pool": entry.pool(each), "layers": layers(entry, model, each)}
            for each in chosen
        ]
    made_by = {"script": "tests/oracle/layers.py", "torch": torch.__version__,
               "transformers": transformers.__version__, "date": str(datetime.date.today())}
    target = FOLDER.parent / "layers.json"
    target.write_text(json.dumps({"made_by": made_by, "models": made}) + "\n")


if __name__ == "__main__":
    main()
