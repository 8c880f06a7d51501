"""GPT-2: learned positions, one fused projection stored inputs first (Conv1D)."""

import torch
from transformers import GPT2Config, GPT2ForSequenceClassification

from byte_level import VOCABULARY, byte_level
from golden_model import GoldenModel
from sequences import causal_sequences

GPT2 = dict(
    vocab_size=VOCABULARY,
    n_embd=16,
    n_layer=3,
    n_head=4,
    n_positions=96,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)
SCALED = dict(
    num_labels=2, n_inner=40, activation_function="relu", scale_attn_by_inverse_layer_idx=True
)


def gpt2(config, **options):
    return GoldenModel(
        GPT2ForSequenceClassification,
        GPT2Config(**{**GPT2, **config}),
        causal_sequences(VOCABULARY, 90),
        **options,
    )


MODELS = {
    "gpt2": gpt2({}, tokenizer=byte_level, seed=5),
    "gpt2-scaled": gpt2(SCALED, dtype=torch.float16, shards=2, seed=6),
}
