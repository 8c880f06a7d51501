"""Qwen2 and Qwen2.5: Llama with biases on queries, keys and values, and windows in the last layers.

Traps
- q_proj, k_proj and v_proj have biases, o_proj and the MLP have none; config.json says nothing about it.
- Layers from `max_window_layers` on have the window, counted from 0, but only where `use_sliding_window` is true;
  files of the Hub say false beside a `sliding_window` that means nothing then, and max_window_layers 28 or 21.
- `layer_types`, which version 5 writes, overrules `max_window_layers`. It cannot ask for windows where there are none.
- num_key_value_heads is 32 where it is absent, not num_attention_heads, and num_attention_heads where it is null.
- `head_dim` is no field of its configuration, but it is read where a file has it.
- Qwen2's pad_token_id is absent from some files: then the last token is read, whatever it is.
"""

import torch
from transformers import Qwen2Config, Qwen2ForSequenceClassification

from golden_model import GoldenModel, rope
from sequences import causal_sequences

VOCABULARY = 101
QWEN2 = dict(
    vocab_size=VOCABULARY,
    hidden_size=16,
    intermediate_size=20,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=96,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=24)
ALTERNATING = ["sliding_attention", "full_attention", "sliding_attention"]


def qwen2(config, **options):
    return GoldenModel(
        Qwen2ForSequenceClassification,
        Qwen2Config(**{**QWEN2, **config}),
        causal_sequences(VOCABULARY, 70),
        **options,
    )


def as_version_4(config):
    """rope_theta at the top, no layer_types, and a window that is not used."""
    config = {key: value for key, value in config.items() if key not in ("rope_parameters", "layer_types")}
    return {**config, "rope_theta": 1000000.0, "use_sliding_window": False, "sliding_window": 8, "max_window_layers": 1}


MODELS = {
    "qwen2": qwen2(
        dict(rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
        dtype=torch.bfloat16,
        written=as_version_4,
    ),
    "qwen2-windows": qwen2(
        dict(use_sliding_window=True, sliding_window=6, max_window_layers=1, num_labels=2, num_key_value_heads=1),
        dtype=torch.float16,
        shards=2,
    ),
    "qwen2-yarn": qwen2(
        dict(
            use_sliding_window=True,
            sliding_window=9,
            layer_types=ALTERNATING,
            head_dim=6,
            tie_word_embeddings=True,
            pad_token_id=None,
            **rope(**YARN),
        ),
        dtype=torch.float16,
    ),
}
