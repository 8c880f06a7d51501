"""GPT-J: rotary positions on neighbouring columns, attention and MLP side by side behind one norm.

Traps
- Columns 2i and 2i + 1 of a head form a pair, not i and i + rotary_dim / 2.
- rotary_dim is a count of columns, 64 where absent; the rest of each head passes unchanged.
- One norm (ln_1) serves attention and MLP, and both are added to the block's input at once.
- q_proj, k_proj, v_proj and out_proj have no biases; the MLP has, and so has the head that writes words.
- The fields are GPT-2's: n_embd, n_layer, n_head, n_positions, n_inner (4 * n_embd where null or absent).
- Old checkpoints store a mask and a number per layer: attn.bias and attn.masked_bias.
"""

import torch
from transformers import GPTJConfig, GPTJForSequenceClassification

from golden_model import GoldenModel
from sequences import causal_sequences

VOCABULARY = 89
GPTJ = dict(
    vocab_size=VOCABULARY,
    n_embd=16,
    n_layer=2,
    n_head=2,
    n_positions=80,
    rotary_dim=4,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)


def gptj(config, **options):
    return GoldenModel(
        GPTJForSequenceClassification,
        GPTJConfig(**{**GPTJ, **config}),
        causal_sequences(VOCABULARY, 70),
        **options,
    )


def stale(config):
    """What old checkpoints hold besides; transformers computes all of it."""
    one = {"bias": torch.ones(1, 1, 4, 4, dtype=torch.bool).tril(), "masked_bias": torch.tensor(-1e9)}
    return {
        f"transformer.h.{layer}.attn.{name}": value.clone()
        for layer in range(config.n_layer)
        for name, value in one.items()
    }


MODELS = {
    "gptj": gptj({}, dtype=torch.float16, stale=stale),
    "gptj-whole-heads": gptj(
        dict(n_embd=24, n_head=3, n_layer=3, rotary_dim=8, n_inner=20, activation_function="relu", num_labels=2),
        dtype=torch.bfloat16,
        shards=2,
    ),
}
