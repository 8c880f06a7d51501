"""GPT-NeoX (Pythia): partial rotary positions, parallel residual, a fused projection.

Traps
- query_key_value's outputs are interleaved by head: [heads, 3, width], not [3, heads, width] as in GPT-2.
- Rotary positions turn the first int(width * rotary_pct) columns of a head, in halves of that part; the
  frequencies are spaced over that part and not over the width. The rest of the head passes unchanged.
- With use_parallel_residual both norms read the block's input: x + attention(ln1(x)) + mlp(ln2(x)).
- Files of transformers 4 say rotary_pct and rotary_emb_base, which are 0.25 and 10000 where absent; version 5
  writes rope_parameters.partial_rotary_factor and rope_theta.
- attention_bias (true where absent) is about query_key_value and dense; the MLP always has biases.
- The head is `score`, the trunk's prefix `gpt_neox`, the embeddings `embed_in`, the last norm `final_layer_norm`.
- Old checkpoints (Pythia) store a mask, a number and frequencies per layer: attention.bias,
  attention.masked_bias and attention.rotary_emb.inv_freq.
"""

import torch
from transformers import GPTNeoXConfig, GPTNeoXForSequenceClassification

from golden_model import GoldenModel
from sequences import causal_sequences

VOCABULARY = 83
GPT_NEOX = dict(
    vocab_size=VOCABULARY,
    hidden_size=16,
    intermediate_size=28,
    num_hidden_layers=3,
    num_attention_heads=2,
    max_position_embeddings=96,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)


def gpt_neox(config, rotary_pct, **options):
    rotary = {"rope_parameters": {"rope_theta": 10000.0, "partial_rotary_factor": rotary_pct}}
    return GoldenModel(
        GPTNeoXForSequenceClassification,
        GPTNeoXConfig(**{**GPT_NEOX, **config, **rotary}),
        causal_sequences(VOCABULARY, 80),
        **options,
    )


def as_version_4(config):
    rotary = config.pop("rope_parameters")
    return {**config, "rotary_pct": rotary["partial_rotary_factor"], "rotary_emb_base": 10000}


def stale(config):
    """What old checkpoints hold besides; transformers computes all of it."""
    context = config.max_position_embeddings
    one = {
        "bias": torch.ones(1, 1, 4, 4, dtype=torch.bool).tril(),  # in truth of the whole context
        "masked_bias": torch.tensor(-1e9),
        "rotary_emb.inv_freq": torch.tensor([1.0]),
    }
    assert context > 4
    return {
        f"gpt_neox.layers.{layer}.attention.{name}": value.clone()
        for layer in range(config.num_hidden_layers)
        for name, value in one.items()
    }


MODELS = {
    "gpt-neox": gpt_neox(
        dict(hidden_size=32, intermediate_size=12),  # heads 16 wide, 4 columns of which turn
        0.25,
        dtype=torch.float16,
        written=as_version_4,
        stale=stale,
    ),
    "gpt-neox-sequential": gpt_neox(
        dict(use_parallel_residual=False, attention_bias=False, num_labels=3, hidden_act="gelu_new"),
        1.0,
        dtype=torch.float16,
    ),
    "gpt-neox-half-rotary": gpt_neox(
        dict(num_attention_heads=3, hidden_size=24, intermediate_size=20, num_labels=2),
        0.5,
        dtype=torch.bfloat16,
        shards=2,
    ),
}
