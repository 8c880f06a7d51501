"""Qwen3: Qwen2 without biases, whose heads of queries and keys are normed before they turn.

Traps
- q_norm and k_norm are RMSNorms over one head, [head_dim], the same for all heads of a layer; before the rotation.
- head_dim is its own field and 128 where absent, never hidden_size / num_attention_heads (Qwen3-0.6B: 1024 wide,
  16 heads of 128), so o_proj need not be square.
- attention_bias, false where absent, is about q, k, v and o alike.
- Windows are Qwen2's: from `max_window_layers` on where `use_sliding_window`, unless `layer_types` says otherwise.
- Sequences of longrope and dynamic have other angles once they are longer than the original context.
"""

import torch
from transformers import Qwen3Config, Qwen3ForSequenceClassification

from golden_model import GoldenModel, rope
from sequences import causal_sequences

VOCABULARY = 103
QWEN3 = dict(
    vocab_size=VOCABULARY,
    hidden_size=16,
    intermediate_size=20,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=8,
    max_position_embeddings=96,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)
LONGROPE = dict(
    rope_type="longrope",
    short_factor=[1.0, 1.2, 1.4],
    long_factor=[1.0, 3.0, 8.0],
    original_max_position_embeddings=20,
    factor=4.0,
)


def qwen3(config, **options):
    return GoldenModel(
        Qwen3ForSequenceClassification,
        Qwen3Config(**{**QWEN3, **config}),
        causal_sequences(VOCABULARY, 70),
        **options,
    )


def as_version_4(config):
    """As Qwen3's own files: rope_theta at the top, windows not used and null, a scaling that is null."""
    config = {key: value for key, value in config.items() if key not in ("rope_parameters", "layer_types")}
    unused = {"use_sliding_window": False, "sliding_window": None, "max_window_layers": 2, "rope_scaling": None}
    return {**config, **unused, "rope_theta": 1000000}


MODELS = {
    "qwen3": qwen3(
        dict(rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}, tie_word_embeddings=True),
        dtype=torch.bfloat16,
        written=as_version_4,
    ),
    "qwen3-biased-windows": qwen3(
        dict(
            num_hidden_layers=3,
            use_sliding_window=True,
            sliding_window=7,
            max_window_layers=2,
            attention_bias=True,
            num_labels=2,
            num_attention_heads=3,
            num_key_value_heads=1,
        ),
        dtype=torch.float16,
        shards=2,
    ),
    "qwen3-longrope": qwen3(dict(head_dim=6, num_key_value_heads=4, **rope(**LONGROPE)), dtype=torch.float16),
}
