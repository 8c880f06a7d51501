"""Mistral: Llama with a sliding window and without biases.

Traps
- A window of w lets a token see w tokens, itself among them: keys k with q - w < k <= q.
- The window is the same in every layer, and the last layer's attention, which credit comes from, has it too.
- `sliding_window` is null in later checkpoints (v0.2 and v0.3) and 4096 where it is absent.
- `head_dim` need not be hidden_size / num_attention_heads (Mistral Nemo), so o_proj need not be square.
- rms_norm_eps is 1e-6 where it is absent, though Mistral's files say 1e-5.
"""

import torch
from transformers import MistralConfig, MistralForSequenceClassification

from golden_model import GoldenModel
from sequences import causal_sequences

VOCABULARY = 157
MISTRAL = dict(
    vocab_size=VOCABULARY,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=96,
    rms_norm_eps=1e-5,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)


def mistral(config, **options):
    return GoldenModel(
        MistralForSequenceClassification,
        MistralConfig(**{**MISTRAL, **config}),
        causal_sequences(VOCABULARY, 80),
        **options,
    )


def as_version_4(config):
    """rope_theta at the top and no head_dim, as the files on the Hub have it."""
    config = {key: value for key, value in config.items() if key not in ("rope_parameters", "head_dim")}
    return {**config, "rope_theta": 10000.0}


MODELS = {
    "mistral": mistral(dict(sliding_window=8), dtype=torch.bfloat16, written=as_version_4),
    "mistral-full": mistral(
        dict(sliding_window=None, head_dim=8, num_key_value_heads=1, num_labels=2), dtype=torch.float16
    ),
    "mistral-wide-heads": mistral(
        dict(sliding_window=5, head_dim=6, num_attention_heads=6, num_key_value_heads=3, num_labels=2),
        dtype=torch.bfloat16,
        shards=2,
    ),
}
