"""Makes tests/golden/rotary.json from transformers: frequencies, cosines and sines of every scaling.

    python tests/oracle/rotary.py

Cosines and sines are those of a sequence of `length` tokens at some of its positions; transformers
repeats the first half of the columns, so only that half is kept.
"""

import datetime
import json
import pathlib

import torch
import transformers
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

TARGET = pathlib.Path(__file__).parent.parent / "golden" / "rotary.json"
CONTEXT = 600
WIDTH = 16
LLAMA3 = dict(
    rope_type="llama3",
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=128,
)

# name: (rope parameters, length of the sequence)
CASES = {
    "default": (dict(rope_type="default", rope_theta=10000.0), 600),
    "default, another base": (dict(rope_type="default", rope_theta=500000.0), 600),
    "linear": (dict(rope_type="linear", rope_theta=10000.0, factor=4.0), 600),
    "llama3": (dict(rope_theta=10000.0, **LLAMA3), 600),
    "llama3, another base": (dict(rope_theta=500000.0, **LLAMA3), 600),
    "dynamic, within the original context": (dict(rope_type="dynamic", rope_theta=10000.0, factor=3.0), 600),
    "dynamic, past the original context": (dict(rope_type="dynamic", rope_theta=10000.0, factor=3.0), 1100),
}
POSITIONS = [0, 1, 2, 7, 31, 255, 256, 257, 511, 512, 513, 599]


def answer(parameters: dict, length: int) -> dict:
    config = LlamaConfig(
        hidden_size=2 * WIDTH,
        num_attention_heads=2,
        max_position_embeddings=CONTEXT,
        rope_parameters=parameters,
    )
    rotary = LlamaRotaryEmbedding(config)
    cos, sin = rotary(torch.zeros(1), torch.arange(length)[None])
    half = WIDTH // 2
    return {
        "parameters": parameters,
        "context": CONTEXT,
        "width": WIDTH,
        "length": length,
        "frequencies": rotary.inv_freq.tolist(),
        "positions": POSITIONS,
        "cos": cos[0, POSITIONS, :half].tolist(),
        "sin": sin[0, POSITIONS, :half].tolist(),
    }


def main() -> None:
    golden = {
        "made_by": {
            "script": "tests/oracle/rotary.py",
            "transformers": transformers.__version__,
            "torch": torch.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "cases": [{"name": name, **answer(*case)} for name, case in CASES.items()],
    }
    TARGET.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
