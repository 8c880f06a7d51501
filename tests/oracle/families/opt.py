"""OPT: learned positions that begin at 2, norms before or behind each part, narrow embeddings.

Traps
- The table of positions has two rows more than max_position_embeddings; position p is row p + 2.
- do_layer_norm_before, true where absent, is false in opt-350m alone: x = norm(x + attention(x)), and no norm at the
  end. `_remove_final_layer_norm` leaves out the last norm of the others.
- word_embed_proj_dim below hidden_size (opt-350m: 512 of 1024) puts project_in behind the words, before positions
  are added, and project_out at the very end, both without a bias; `score` then reads the narrow states.
- Each layer's second norm is called final_layer_norm, as the one at the end of the stack is.
- enable_bias is about attention and MLP alike; layer_norm_elementwise_affine false leaves norms without weights.
- The trunk's prefix is model, and everything stands in its decoder. pad_token_id is 1 where absent.
"""

import torch
from transformers import OPTConfig, OPTForSequenceClassification

from golden_model import GoldenModel
from sequences import causal_sequences

VOCABULARY = 97
OPT = dict(
    vocab_size=VOCABULARY,
    hidden_size=16,
    ffn_dim=20,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=80,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)


def opt(config, **options):
    return GoldenModel(
        OPTForSequenceClassification,
        OPTConfig(**{**OPT, **config}),
        causal_sequences(VOCABULARY, 70),
        **options,
    )


MODELS = {
    "opt": opt({}, dtype=torch.float16),
    "opt-post-norm": opt(
        dict(do_layer_norm_before=False, word_embed_proj_dim=12, num_labels=2, num_hidden_layers=3),
        dtype=torch.bfloat16,
        shards=2,
    ),
    "opt-bare": opt(
        dict(
            enable_bias=False,
            layer_norm_elementwise_affine=False,
            word_embed_proj_dim=24,
            activation_function="gelu",
            _remove_final_layer_norm=True,
        ),
        dtype=torch.float16,
    ),
}
