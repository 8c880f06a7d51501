"""Gemma 3 for text: Gemma 2's norms, head norms, and other angles in layers with a window than in the others.

Traps
- Every sixth layer sees everything, the others have the window, where the file has neither `layer_types` nor
  `sliding_window_pattern`, which says the six.
- Layers with a window turn heads by the base `rope_local_base_freq` (10,000), the others by `rope_theta`
  (1,000,000), where absent; version 5 writes both into rope_parameters, by type of layer.
- A `rope_scaling` beside them (factor 8 from 4B on) is that of the layers without a window alone.
- q_norm and k_norm compute with 1 + weight, as all norms do.
- Scores are scaled by query_pre_attn_scalar ** -0.5. `attn_logit_softcapping` is a field, but the attention of
  transformers 5.23 does not read it (checked here).
- The class for text is Gemma3TextForSequenceClassification; Gemma3ForSequenceClassification sees pictures as well.
"""

import torch
from transformers import Gemma3TextConfig, Gemma3TextForSequenceClassification

from golden_model import GoldenModel
from sequences import causal_sequences

VOCABULARY = 113
GEMMA3 = dict(
    vocab_size=VOCABULARY,
    hidden_size=20,
    intermediate_size=20,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=8,
    max_position_embeddings=96,
    query_pre_attn_scalar=12,
    sliding_window=8,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)


def gemma3(config, **options):
    return GoldenModel(
        Gemma3TextForSequenceClassification,
        Gemma3TextConfig(**{**GEMMA3, **config}),
        causal_sequences(VOCABULARY, 70),
        norm_centre=0.0,
        check=no_cap_is_read,
        **options,
    )


def no_cap_is_read(model, answer):
    sequence = {"ids": list(range(3, 30))}
    before = answer(model, sequence)
    model.config.attn_logit_softcapping = 1e-3
    for layer in model.model.layers:
        layer.self_attn.attn_logit_softcapping = 1e-3
    assert answer(model, sequence) == before


def as_version_4(config):
    """As the files on the Hub: both bases at the top, the scaling of one kind of layer beside them, a pattern."""
    left_out = ("layer_types", "rope_parameters", "use_bidirectional_attention")
    config = {key: value for key, value in config.items() if key not in left_out}
    scaling = {"rope_type": "linear", "factor": 8.0}
    return {
        **config,
        "rope_theta": 1000000.0,
        "rope_local_base_freq": 10000.0,
        "rope_scaling": scaling,
        "sliding_window_pattern": 2,
    }


LINEAR = {
    "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
    "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000000.0},
}
YARN = {
    "sliding_attention": {"rope_type": "default", "rope_theta": 500.0},
    "full_attention": {
        "rope_type": "yarn",
        "factor": 4.0,
        "rope_theta": 20000.0,
        "original_max_position_embeddings": 24,
    },
}
ALTERNATING = ["sliding_attention", "full_attention", "sliding_attention"]

MODELS = {
    "gemma3": gemma3(
        dict(rope_parameters=LINEAR, layer_types=ALTERNATING), dtype=torch.bfloat16, written=as_version_4
    ),
    "gemma3-yarn": gemma3(
        dict(
            rope_parameters=YARN,
            layer_types=["full_attention", "sliding_attention", "full_attention"],
            sliding_window=5,
            num_key_value_heads=1,
            attention_bias=True,
            num_labels=2,
        ),
        dtype=torch.float16,
        shards=2,
    ),
    "gemma3-plain": gemma3(dict(num_hidden_layers=7, head_dim=6, hidden_activation="silu"), dtype=torch.float16),
}
