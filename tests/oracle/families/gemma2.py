"""Gemma 2: soft caps, windows in every other layer, norms before and after each part.

Traps
- Norms compute with 1 + weight: x / rms(x) * (1 + weight), all of it in float32.
- Embeddings are multiplied by sqrt(hidden_size) before the first block. In bfloat16 transformers rounds that
  factor (55.4256 becomes 55.5); in float32 it does not, and these numbers are float32's.
- Queries are scaled by query_pre_attn_scalar ** -0.5, not by the root of the head's width.
- The cap comes after the scale and before the mask: softcap * tanh(scores * scale / softcap).
- Layers 0, 2, 4, ... have the window, 1, 3, 5, ... see everything, unless `layer_types` says otherwise; files of
  the Hub are older than `layer_types`. A window of w is w tokens, the token itself among them.
- head_dim is its own field and is 256 where absent; never hidden_size / num_attention_heads.
- final_logit_softcapping belongs to the head that writes words. It does nothing to a score (checked here).
- The activation is `hidden_activation`; files also say `hidden_act`, which transformers does not read.
- After attention: x + post_attention_layernorm(attention(input_layernorm(x))), then
  x + post_feedforward_layernorm(mlp(pre_feedforward_layernorm(x))).
- post_attention_layernorm is Llama's name for the norm before the MLP; here it is the one after attention.
"""

import torch
from transformers import Gemma2Config, Gemma2ForSequenceClassification

from golden_model import GoldenModel
from sequences import causal_sequences

VOCABULARY = 151
GEMMA2 = dict(
    vocab_size=VOCABULARY,
    hidden_size=20,  # not a square, so that its root is not a short number
    intermediate_size=20,
    num_hidden_layers=4,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=8,
    max_position_embeddings=96,
    query_pre_attn_scalar=12,
    sliding_window=8,
    attn_logit_softcapping=2.0,
    final_logit_softcapping=3.0,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)
LAST_LAYER_WINDOWED = ["full_attention", "full_attention", "sliding_attention"]


def gemma2(config, **options):
    return GoldenModel(
        Gemma2ForSequenceClassification,
        Gemma2Config(**{**GEMMA2, **config}),
        causal_sequences(VOCABULARY, 80),
        norm_centre=0.0,
        check=final_cap_does_nothing,
        **options,
    )


def final_cap_does_nothing(model, answer):
    sequence = {"ids": list(range(3, 30))}
    before = answer(model, sequence)
    model.config.final_logit_softcapping = 1e-3
    assert answer(model, sequence) == before


def as_version_4(config):
    """As the files on the Hub: without layer_types, rope_theta at the top."""
    left_out = ("layer_types", "rope_parameters", "use_bidirectional_attention")
    config = {key: value for key, value in config.items() if key not in left_out}
    return {**config, "rope_theta": 10000.0, "hidden_act": "gelu_pytorch_tanh"}


MODELS = {
    "gemma2": gemma2({}, dtype=torch.bfloat16, written=as_version_4),
    "gemma2-uncapped": gemma2(
        dict(
            num_hidden_layers=3,
            attn_logit_softcapping=None,
            final_logit_softcapping=None,
            sliding_window=5,
            layer_types=LAST_LAYER_WINDOWED,
            num_key_value_heads=1,
            num_labels=2,
        ),
        dtype=torch.float16,
    ),
}
