"""Phi-3 and Phi-4: Llama with fused projections, a window in every layer, longrope.

Traps
- qkv_proj holds all queries, then all keys, then all values; gate_up_proj the gate first, then what it opens.
- `original_max_position_embeddings` stands beside the scaling, 4096 where absent, and counts even where the scaling
  has one of its own. It decides from which length on a sequence has the long factors.
- Where the scaling has no `factor`, cosines and sines grow with max_position_embeddings / the original.
- "yarn" and "su" (its first name) are longrope in this family; every other kind is refused.
- partial_rotary_factor (Phi-4-mini: 0.75) stands at the top in version 4: the first columns of a head turn.
- sliding_window is null where absent; a number counts in every layer (2047 in Phi-3-mini-4k).
- pad_token_id is 32000 where absent; rms_norm_eps is 1e-5.
"""

import torch
from transformers import Phi3Config, Phi3ForSequenceClassification

from golden_model import GoldenModel, rope
from sequences import causal_sequences

VOCABULARY = 109
PHI3 = dict(
    vocab_size=VOCABULARY,
    hidden_size=24,
    intermediate_size=20,
    num_hidden_layers=2,
    num_attention_heads=3,
    max_position_embeddings=80,
    original_max_position_embeddings=80,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)
LONGROPE = dict(
    rope_type="longrope",
    short_factor=[1.0, 1.1, 1.3],
    long_factor=[1.0, 4.0, 9.0],
    partial_rotary_factor=0.75,  # of heads 8 wide: three pairs
)


def phi3(config, **options):
    return GoldenModel(
        Phi3ForSequenceClassification,
        Phi3Config(**{**PHI3, **config}),
        causal_sequences(VOCABULARY, 70),
        **options,
    )


def as_version_4(config):
    """As Phi-3's own files: `type`, the base and the part that turns at the top."""
    scaling = config.pop("rope_parameters")
    part, base = scaling.pop("partial_rotary_factor"), scaling.pop("rope_theta")
    del scaling["rope_type"], scaling["original_max_position_embeddings"]
    return {**config, "rope_scaling": {"type": "longrope", **scaling}, "rope_theta": base, "partial_rotary_factor": part}


MODELS = {
    "phi3": phi3(dict(sliding_window=9), dtype=torch.bfloat16),
    "phi3-longrope": phi3(
        dict(original_max_position_embeddings=20, num_labels=2, **rope(**LONGROPE)),
        dtype=torch.float16,
        written=as_version_4,
    ),
    "phi3-grouped": phi3(
        dict(
            num_attention_heads=4,
            num_key_value_heads=2,
            rope_parameters={"rope_theta": 5000.0, "rope_type": "default", "partial_rotary_factor": 0.7},  # 4 of 6
            hidden_act="gelu",
            tie_word_embeddings=True,
        ),
        dtype=torch.float16,
        shards=2,
    ),
}
