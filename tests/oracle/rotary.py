"""Makes tests/golden/rotary.json from transformers: angles of every scaling, and heads turned by them.

    python tests/oracle/rotary.py

`cases` go from the fields of a config.json to frequencies, and to the cosines and sines of a sequence of
`length` tokens at some of its positions; transformers repeats the first half of the columns, so only that
half is kept. `rotations` are keys before and after they are turned, `[tokens][heads * width]`.
"""

import datetime
import json
import pathlib

import torch
import transformers
from transformers import (
    DynamicCache,
    Gemma3TextConfig,
    GPTJConfig,
    GPTJModel,
    GPTNeoXConfig,
    LlamaConfig,
    ModernBertConfig,
    Phi3Config,
)
from transformers.models.gemma3.modeling_gemma3 import Gemma3RotaryEmbedding
from transformers.models.gpt_neox import modeling_gpt_neox
from transformers.models.gpt_neox.modeling_gpt_neox import GPTNeoXRotaryEmbedding
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.models.modernbert.modeling_modernbert import ModernBertRotaryEmbedding
from transformers.models.phi3.modeling_phi3 import Phi3RotaryEmbedding

TARGET = pathlib.Path(__file__).parent.parent / "golden" / "rotary.json"
CONTEXT = 600
WIDTH = 16
HEADS = 2
FAMILIES = {
    "llama": (LlamaConfig, LlamaRotaryEmbedding),
    "gpt_neox": (GPTNeoXConfig, GPTNeoXRotaryEmbedding),
    "phi3": (Phi3Config, Phi3RotaryEmbedding),
    "gemma3": (Gemma3TextConfig, Gemma3RotaryEmbedding),
    "modernbert": (ModernBertConfig, ModernBertRotaryEmbedding),
}
LLAMA3 = dict(
    rope_type="llama3",
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=128,
)
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=150)
LONG = dict(
    short_factor=[1.0, 1.05, 1.1, 1.3, 1.6, 1.9, 2.2, 2.5],
    long_factor=[1.0, 1.5, 2.0, 4.0, 8.0, 16.0, 20.0, 24.0],
)
LONGROPE = dict(rope_type="longrope", rope_theta=10000.0, original_max_position_embeddings=256, **LONG)


def rope(**parameters):
    """As transformers 5 writes it."""
    return {"rope_parameters": parameters}


def phi3(**scaling):
    """As transformers 4 wrote it: settings beside `rope_scaling`, and half of them inside."""
    part = {name: factors[:6] for name, factors in LONG.items()}
    beside = {"original_max_position_embeddings": 256, "rope_theta": 10000.0, "partial_rotary_factor": 0.75}
    return {**beside, "rope_scaling": {**part, "type": "longrope", **scaling}}


OLD_GEMMA3 = {"rope_theta": 1e6, "rope_local_base_freq": 20000.0}
OLD_MODERNBERT = {"global_rope_theta": 160000.0, "local_rope_theta": 10000.0}
FULL, SLIDING = "full_attention", "sliding_attention"
BY_LAYER = rope(
    full_attention=dict(rope_type="linear", rope_theta=1e6, factor=8.0),
    sliding_attention=dict(rope_type="default", rope_theta=10000.0),
)

# name: (family, config.json, length of the sequence, and the kind of layer where there are two)
CASES = {
    "default": ("llama", rope(rope_type="default", rope_theta=10000.0), 600),
    "default, another base": ("llama", rope(rope_type="default", rope_theta=500000.0), 600),
    "linear": ("llama", rope(rope_type="linear", rope_theta=10000.0, factor=4.0), 600),
    "llama3": ("llama", rope(rope_theta=10000.0, **LLAMA3), 600),
    "llama3, another base": ("llama", rope(rope_theta=500000.0, **LLAMA3), 600),
    "dynamic, within the original context": (
        "llama",
        rope(rope_type="dynamic", rope_theta=10000.0, factor=3.0),
        600,
    ),
    "dynamic, past the original context": (
        "llama",
        rope(rope_type="dynamic", rope_theta=10000.0, factor=3.0),
        1100,
    ),
    "dynamic, a quarter of the columns": (
        "gpt_neox",
        {"rotary_pct": 0.25, "rope_scaling": {"type": "dynamic", "factor": 3.0}},
        1100,
    ),
    "linear, as transformers 4 wrote it": (
        "llama",
        {"rope_theta": 500000.0, "rope_scaling": {"type": "linear", "factor": 4.0}},
        600,
    ),
    "nothing": ("llama", {}, 600),
    "yarn": ("llama", rope(**YARN), 600),
    "yarn, its factor found from the contexts": ("llama", rope(**{**YARN, "factor": None}), 600),
    "yarn, past the context": ("llama", rope(rope_type="yarn", rope_theta=10000.0, factor=4.0), 600),
    "yarn, another ramp": ("llama", rope(**YARN, beta_fast=8, beta_slow=0.5), 600),
    "yarn, a ramp between whole indices only": ("llama", rope(**YARN, beta_fast=2, beta_slow=1.9), 600),
    "yarn, a ramp that is not rounded": ("llama", rope(**YARN, truncate=False), 600),
    "yarn, DeepSeek's two weights": ("llama", rope(**YARN, mscale=0.707, mscale_all_dim=1.2), 600),
    "yarn, one weight alone": ("llama", rope(**YARN, mscale=0.707), 600),
    "yarn, an attention factor": ("llama", rope(**YARN, attention_factor=1.5, mscale=2.0), 600),
    "yarn, half of the columns": (
        "gpt_neox",
        {"rotary_pct": 0.5, "rotary_emb_base": 20000, "rope_scaling": {**YARN, "rope_theta": 20000}},
        600,
    ),
    "longrope, within the original context": ("llama", rope(**LONGROPE), 256),
    "longrope, past the original context": ("llama", rope(**LONGROPE), 257),
    "longrope, a factor": ("llama", rope(**LONGROPE, factor=8.0), 600),
    "longrope, an attention factor": ("llama", rope(**LONGROPE, factor=8.0, attention_factor=1.1), 100),
    "longrope, a context that never passes": (
        "llama",
        rope(**{**LONGROPE, "original_max_position_embeddings": 600}),
        600,
    ),
    "longrope, as Phi-3 wrote it": ("phi3", phi3(), 600),
    "longrope, as Phi-3 first called it": ("phi3", phi3(type="su", original_max_position_embeddings=256), 200),
    "a quarter of the columns, as nothing says": ("gpt_neox", {}, 600),
    "three quarters, as transformers 4 wrote it": (
        "gpt_neox",
        {"rotary_pct": 0.75, "rotary_emb_base": 500000},
        600,
    ),
    "half of them, as transformers 5 writes it": (
        "gpt_neox",
        rope(rope_type="default", rope_theta=10000.0, partial_rotary_factor=0.5),
        600,
    ),
    "an odd number of columns": ("gpt_neox", {"rotary_pct": 0.32}, 600),
    "layers that see everything": ("gemma3", BY_LAYER, 600, FULL),
    "layers with a window": ("gemma3", BY_LAYER, 600, SLIDING),
    "layers that see everything, as transformers 4 wrote it": (
        "gemma3",
        {**OLD_GEMMA3, "rope_scaling": {"rope_type": "linear", "factor": 8.0}},
        600,
        FULL,
    ),
    "layers with a window, as transformers 4 wrote it": ("gemma3", OLD_GEMMA3, 600, SLIDING),
    "ModernBERT's global layers": ("modernbert", OLD_MODERNBERT, 600, FULL),
    "ModernBERT's local layers": ("modernbert", OLD_MODERNBERT, 600, SLIDING),
}
POSITIONS = [0, 1, 2, 7, 31, 255, 256, 257, 511, 512, 513, 599]


def answer(family, config, length, layers=None):
    read, embedding = FAMILIES[family]
    extents = dict(
        hidden_size=HEADS * WIDTH,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=CONTEXT,
        pad_token_id=0,
    )
    if layers:
        extents |= dict(layer_types=[FULL, SLIDING], num_hidden_layers=2, head_dim=WIDTH)
    rotary = embedding(read.from_dict({**extents, **json.loads(json.dumps(config))}))
    prefix = f"{layers}_" if layers else ""
    of_layer = {"layer_type": layers} if layers else {}
    cos, sin = rotary(torch.zeros(1), torch.arange(length)[None], **of_layer)
    half = cos.shape[-1] // 2
    positions = [position for position in POSITIONS if position < length]
    return {
        "family": family,
        "config": {"max_position_embeddings": CONTEXT, **config},
        "width": WIDTH,
        "length": length,
        "layers": layers,
        "frequencies": getattr(rotary, f"{prefix}inv_freq").tolist(),
        "attention_factor": float(getattr(rotary, f"{prefix}attention_scaling")),
        "positions": positions,
        "cos": cos[0, positions, :half].tolist(),
        "sin": sin[0, positions, :half].tolist(),
    }


TOKENS = [0, 3, 11, 40]  # the positions of the keys of a rotation


def drawn_keys():
    generator = torch.Generator().manual_seed(7)
    return torch.randn(len(TOKENS), HEADS * WIDTH, generator=generator)


def turned_by_neox(rotated):
    """The first `rotated` columns of each head, in halves."""
    keys = drawn_keys().view(1, len(TOKENS), HEADS, WIDTH).transpose(1, 2)
    config = GPTNeoXConfig(
        hidden_size=HEADS * WIDTH,
        num_attention_heads=HEADS,
        rope_parameters={"rope_theta": 10000.0, "partial_rotary_factor": rotated / WIDTH},
    )
    cos, sin = GPTNeoXRotaryEmbedding(config)(keys, torch.tensor([TOKENS]))
    turned, _ = modeling_gpt_neox.apply_rotary_pos_emb(keys, keys, cos, sin)
    return turned.transpose(1, 2).reshape(len(TOKENS), HEADS * WIDTH)


def turned_by_gptj(rotated):
    """The same, neighbours paired: what GPT-J's attention caches where its keys are its inputs."""
    config = GPTJConfig(n_embd=HEADS * WIDTH, n_head=HEADS, n_layer=1, rotary_dim=rotated, vocab_size=4)
    attention = GPTJModel(config).h[0].attn.eval()
    attention.k_proj.weight.data = torch.eye(HEADS * WIDTH)
    cache = DynamicCache()
    with torch.no_grad():
        attention(drawn_keys()[None], layer_past=cache, position_ids=torch.tensor([TOKENS]))
    return cache.layers[0].keys[0].transpose(0, 1).reshape(len(TOKENS), HEADS * WIDTH)


def rotation(turn, rotated, interleaved):
    return {
        "heads": HEADS,
        "width": WIDTH,
        "rotated": rotated,
        "interleaved": interleaved,
        "positions": TOKENS,
        "keys": drawn_keys().tolist(),
        "turned": turn(rotated).tolist(),
    }


def main() -> None:
    golden = {
        "made_by": {
            "script": "tests/oracle/rotary.py",
            "transformers": transformers.__version__,
            "torch": torch.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "cases": [{"name": name, **answer(*case)} for name, case in CASES.items()],
        "rotations": [
            rotation(turn, rotated, interleaved)
            for turn, interleaved in ((turned_by_neox, False), (turned_by_gptj, True))
            for rotated in (WIDTH, 4, 12)
        ],
    }
    TARGET.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
