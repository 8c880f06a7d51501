"""Makes tests/golden/activations.json from transformers: every activation that graphs can write.

    python tests/oracle/activations.py
"""

import datetime
import json
import pathlib

import torch
import transformers
from transformers.activations import ACT2FN

TARGET = pathlib.Path(__file__).parent.parent / "golden" / "activations.json"
NAMES = [
    "silu",
    "swish",
    "gelu",
    "gelu_python",
    "gelu_new",
    "gelu_fast",
    "gelu_accurate",
    "gelu_python_tanh",
    "gelu_pytorch_tanh",
    "quick_gelu",
    "relu",
    "relu6",
    "relu2",
    "sigmoid",
    "tanh",
    "linear",
]
INPUTS = [-30.0, -6.5, -3.0, -1.5, -0.7, -0.1, 0.0, 0.1, 0.6, 1.0, 2.2, 5.9, 6.1, 30.0]


def main() -> None:
    x = torch.tensor(INPUTS)
    golden = {
        "made_by": {
            "script": "tests/oracle/activations.py",
            "transformers": transformers.__version__,
            "torch": torch.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "inputs": INPUTS,
        "outputs": {name: ACT2FN[name](x).tolist() for name in NAMES},
    }
    TARGET.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
