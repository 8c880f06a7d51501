"""Gemma: Llama with norms stored as what they differ from 1 by, scaled embeddings, heads 256 wide.

Traps
- Norms compute with 1 + weight, and embeddings are multiplied by sqrt(hidden_size), as in Gemma 2; but there are
  Llama's two norms a layer, no caps and no windows, and scores are scaled by the root of the head's width.
- num_key_value_heads is 16 and head_dim 256 where they are absent, pad_token_id is 0.
- `hidden_act` "gelu" of the first files means gelu_pytorch_tanh. Some files say so beside it in `hidden_activation`,
  which transformers 5 does not read.
- The head that writes words is tied to the embeddings unless the file says otherwise.
"""

import torch
from transformers import GemmaConfig, GemmaForSequenceClassification

from golden_model import GoldenModel, rope
from sequences import causal_sequences

VOCABULARY = 107
GEMMA = dict(
    vocab_size=VOCABULARY,
    hidden_size=20,  # not a square, so that its root is not a short number
    intermediate_size=20,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=1,
    head_dim=8,
    max_position_embeddings=96,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)


def gemma(config, **options):
    return GoldenModel(
        GemmaForSequenceClassification,
        GemmaConfig(**{**GEMMA, **config}),
        causal_sequences(VOCABULARY, 70),
        norm_centre=0.0,
        **options,
    )


def as_version_4(config):
    """As the first files on the Hub: an activation that means another, rope_theta at the top, no pad_token_id."""
    left_out = ("rope_parameters", "use_bidirectional_attention", "pad_token_id")
    config = {key: value for key, value in config.items() if key not in left_out}
    return {**config, "rope_theta": 10000.0, "hidden_act": "gelu", "hidden_activation": None}


MODELS = {
    "gemma": gemma({}, dtype=torch.bfloat16, written=as_version_4),
    "gemma-biased": gemma(
        dict(
            num_key_value_heads=2,
            head_dim=6,
            attention_bias=True,
            hidden_act="relu",
            num_labels=2,
            **rope(rope_type="linear", factor=2.0),
        ),
        dtype=torch.float16,
        shards=2,
    ),
}
