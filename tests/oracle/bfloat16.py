"""Makes tests/golden/bfloat16.json: how far transformers itself is off when it computes in bfloat16.

    python tests/oracle/bfloat16.py

As half.py does for float16, for the models that tests/engine/bfloat16_test.ts takes.
"""

import datetime
import json

import torch
import transformers

from half import deviation
from models import FOLDER

NAMES = ["llama", "gpt2", "bert"]

if __name__ == "__main__":
    made_by = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "date": datetime.date.today().isoformat(),
    }
    models = {name: deviation(name, torch.bfloat16) for name in NAMES}
    text = json.dumps({"made_by": made_by, "models": models}, indent=1)
    (FOLDER.parent / "bfloat16.json").write_text(text + "\n")
