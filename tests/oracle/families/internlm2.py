"""InternLM2's reward models (`InternLM2ForRewardModel`: internlm2-1_8b-reward, -7b-, -20b-, POLAR).

transformers has no such class: the checkpoints bring code of their own. What that computes is a Llama, so the
reference is transformers' Llama, and the checkpoint here is that Llama's weights laid out as InternLM2's are:

- model.tok_embeddings, attention_norm, ffn_norm, attention.wqkv, attention.wo, feed_forward.w1 (the gate), w3 (what it
  opens), w2 (back), v_head.
- wqkv is fused by groups: the queries that share a key, then that key, then its value, for each key in turn.
- `bias`, true where absent, is about wqkv and wo; v_head has none, and one row whatever `num_labels` says.
- The score is that of the token `reward_token_id`, which get_score appends to every text that does not end in it.
- rope_scaling has `type` and `factor`; the kinds are linear and dynamic.
"""

import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForSequenceClassification

from byte_level import VOCABULARY, byte_level
from golden_model import GoldenModel, rope, save_tensors
from sequences import causal_sequences

REWARD = VOCABULARY - 1  # 92527 of 92544 in the published ones
LLAMA = dict(
    vocab_size=VOCABULARY,
    hidden_size=24,
    intermediate_size=20,
    num_hidden_layers=2,
    num_attention_heads=6,
    num_key_value_heads=2,
    max_position_embeddings=120,
    num_labels=1,
    pad_token_id=2,
    bos_token_id=1,
    eos_token_id=2,
)
PARTS = {
    "self_attn.o_proj": "attention.wo",
    "mlp.gate_proj": "feed_forward.w1",
    "mlp.up_proj": "feed_forward.w3",
    "mlp.down_proj": "feed_forward.w2",
    "input_layernorm": "attention_norm",
    "post_attention_layernorm": "ffn_norm",
}
ENDS = {"model.embed_tokens.weight": "model.tok_embeddings.weight", "score.weight": "v_head.weight"}


def renamed(name, parts, ends):
    for own, other in parts.items():
        name = name.replace(f".{own}.", f".{other}.")
    return ends.get(name, name)


class InternLM2(GoldenModel):
    """A Llama that is stored as InternLM2 and read back as a Llama."""

    def tensors(self, model):
        stored, fused = {}, {}
        for name, value in model.state_dict().items():
            layer, _, part = name.partition(".self_attn.")
            kind, _, what = part.partition("_proj.")
            if kind in ("q", "k", "v"):
                fused.setdefault(f"{layer}.attention.wqkv.{what}", {})[kind] = value
            else:
                stored[renamed(name, PARTS, ENDS)] = value
        return stored | {name: self.fuse(**parts) for name, parts in fused.items()}

    def fuse(self, q, k, v):
        groups = self.config.num_key_value_heads
        own = [part.reshape(groups, -1, *part.shape[1:]) for part in (q, k, v)]
        return torch.cat(own, 1).flatten(0, 1)

    def part(self, fused):
        groups = self.config.num_key_value_heads
        width = self.config.hidden_size // self.config.num_attention_heads
        rows = fused.reshape(groups, -1, *fused.shape[1:])
        parts = rows.split([rows.shape[1] - 2 * width, width, width], 1)
        return dict(zip("qkv", (part.flatten(0, 1) for part in parts)))

    def as_llama(self, tensors):
        parts, ends = ({other: own for own, other in table.items()} for table in (PARTS, ENDS))
        llama = {}
        for name, value in tensors.items():
            layer, fused, what = name.partition(".attention.wqkv.")
            if fused:
                llama |= {f"{layer}.self_attn.{kind}_proj.{what}": each for kind, each in self.part(value).items()}
            else:
                llama[renamed(name, parts, ends)] = value
        return {name: value.contiguous() for name, value in llama.items()}

    def load(self, folder, dtype):
        stored = {}
        for file in sorted(Path(folder).glob("*.safetensors")):
            stored |= load_file(file)
        with tempfile.TemporaryDirectory() as copy:
            self.config.save_pretrained(copy)
            save_tensors(self.as_llama(stored), Path(copy), 1)
            return super().load(Path(copy), dtype)


def as_published(config):
    """config.json with the fields of the published ones."""
    kept = "hidden_act hidden_size intermediate_size max_position_embeddings num_attention_heads num_hidden_layers "
    kept += "num_key_value_heads rms_norm_eps vocab_size bos_token_id eos_token_id pad_token_id"
    scaling = dict(config["rope_parameters"])
    base, kind = scaling.pop("rope_theta"), scaling.pop("rope_type")
    return {
        "architectures": ["InternLM2ForRewardModel"],
        "auto_map": {
            "AutoConfig": "configuration_internlm2.InternLM2Config",
            "AutoModel": "modeling_internlm2.InternLM2ForRewardModel",
        },
        "attn_implementation": "eager",
        **{name: config[name] for name in kept.split()},
        "bias": config["attention_bias"],
        "model_type": "internlm2",
        "reward_token_id": REWARD,
        "rope_scaling": None if kind == "default" else {"type": kind, **scaling},
        "rope_theta": base,
        "tie_word_embeddings": False,
        "use_cache": True,
    }


def silent_of_bias(config):
    return {name: value for name, value in as_published(config).items() if name != "bias"}


def closed(sequences):
    """Every sequence ends in the reward token; one holds it before that, one is nothing else. Both stand before longer
    ones, whose angles transformers would keep for them under dynamic scaling."""
    ids = [[*each["ids"], REWARD] for each in sequences]
    return [{"ids": each} for each in [[REWARD], [*ids[1][:6], REWARD, *ids[1][6:]], *ids]]


def internlm2(config, **options):
    return InternLM2(
        LlamaForSequenceClassification,
        LlamaConfig(**{**LLAMA, **config}),
        closed(causal_sequences(VOCABULARY, 90)),
        end=REWARD,
        **{"written": as_published, **options},
    )


MODELS = {
    "internlm2-reward": internlm2(
        rope(rope_type="default", rope_theta=1000000.0) | dict(rms_norm_eps=1e-5),
        tokenizer=byte_level,
        dtype=torch.bfloat16,
    ),
    "internlm2-reward-dynamic": internlm2(
        dict(max_position_embeddings=32, num_attention_heads=4, **rope(rope_type="dynamic", factor=4.0)),
        dtype=torch.float16,
        shards=2,
    ),
    "internlm2-reward-biased": internlm2(
        dict(num_key_value_heads=3, attention_bias=True, hidden_act="gelu", **rope(rope_type="linear", factor=2.0)),
        written=silent_of_bias,
        dtype=torch.float16,
    ),
}
