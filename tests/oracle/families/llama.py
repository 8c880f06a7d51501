"""Llama: grouped queries, rotary positions in every scaling, biases."""

import torch
from transformers import LlamaConfig, LlamaForSequenceClassification

from byte_level import VOCABULARY, byte_level, byte_level_pairs
from golden_model import GoldenModel, rope
from sequences import causal_sequences

LLAMA = dict(
    vocab_size=VOCABULARY,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=96,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)
LLAMA3 = dict(
    rope_type="llama3",
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=32,
)
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=24, mscale=1.0, mscale_all_dim=0.5)
LONGROPE = dict(  # for heads of 8 columns; sequences longer than 20 tokens have the long factors
    rope_type="longrope",
    short_factor=[1.0, 1.1, 1.3, 1.7],
    long_factor=[1.0, 2.0, 5.0, 9.0],
    original_max_position_embeddings=20,
)


def llama(config, **options):
    return GoldenModel(
        LlamaForSequenceClassification,
        LlamaConfig(**{**LLAMA, **config}),
        causal_sequences(VOCABULARY, 90),
        **options,
    )


MODELS = {
    "llama": llama({}, tokenizer=byte_level, seed=0),
    "llama-biased-sharded": llama(
        dict(num_key_value_heads=4, num_labels=2, attention_bias=True, mlp_bias=True), shards=3, seed=1
    ),
    "llama-rope-llama3": llama(dict(head_dim=8, **rope(**LLAMA3)), dtype=torch.bfloat16, seed=2),
    "llama-rope-linear": llama(
        dict(hidden_act="gelu", **rope(rope_type="linear", factor=4.0)), dtype=torch.float16, seed=3
    ),
    "llama-rope-dynamic": llama(
        dict(max_position_embeddings=32, num_labels=3, **rope(rope_type="dynamic", factor=3.0)), seed=4
    ),
    "llama-pairs": llama(dict(num_hidden_layers=2), tokenizer=byte_level_pairs, dtype=torch.float16, pairs=True),
    "llama-rope-yarn": llama(dict(head_dim=8, **rope(**YARN))),
    "llama-rope-longrope": llama(dict(head_dim=8, num_labels=2, **rope(**LONGROPE))),
}
