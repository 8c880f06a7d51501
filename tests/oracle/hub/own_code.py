"""Models that the hub has with Python code of their own, and adapters: the published arithmetic of their heads, put on
the base model of transformers, which reads the very tensors of the directory.

InternLM2 is a Llama whose queries, keys and values are one tensor: for each group of heads its queries, then its key,
then its value. Its get_score() appends the reward token to the conversation and reads the score there.
"""

import json
import types

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    LlamaModel,
    PreTrainedTokenizerFast,
)

from hub.decoders import LLAMA31, SIZES, WHOLE, vocabulary
from hub.model import PLAIN, HubModel, chats, plain
from hub.vocabularies import llama2, llama3

INTERNLM_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
INTERNLM_SPECIAL = ["<|im_start|>", "<|im_end|>", "<|action_start|>", "<|action_end|>", "<|interpreter|>", "<|plugin|>"]


class Headed:
    """A base model and a head that reads its last hidden state, called as a classifier of transformers is."""

    def __init__(self, base, head):
        self.base, self.head, self.config = base.eval(), head, base.config

    def __call__(self, ids, output_attentions):
        output = self.base(ids, output_attentions=True)
        logits = self.head(output.last_hidden_state[:, -1].float())
        return types.SimpleNamespace(logits=logits, attentions=output.attentions)


def tensors_of(folder):
    files = sorted(folder.glob("*.safetensors"))
    return {name: value.float() for file in files for name, value in load_file(file).items()}


def llama_base(config, tensors, prefix="model."):
    base = LlamaModel(LlamaConfig(**config, attn_implementation="eager"))
    own = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    base.load_state_dict(own)
    return base


# InternLM2

INTERNLM = {
    "architectures": ["InternLM2ForRewardModel"],
    "attn_implementation": "eager",
    "auto_map": {
        "AutoConfig": "configuration_internlm2.InternLM2Config",
        "AutoModel": "modeling_internlm2.InternLM2ForRewardModel",
    },
    "bias": False,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_act": "silu",
    **SIZES,
    "initializer_range": 0.02,
    "max_position_embeddings": 32768,
    "model_type": "internlm2",
    "pad_token_id": 2,
    "reward_token_id": 0,
    "rms_norm_eps": 1e-05,
    "rope_scaling": None,
    "rope_theta": 1000000,
    "tie_word_embeddings": False,
    "torch_dtype": "float16",
    "transformers_version": "4.37.1",
    "use_cache": True,
}


def internlm2():
    tokenizer, config = llama2(
        [*INTERNLM_SPECIAL, "<|reward|>"],
        additional_special_tokens=[*INTERNLM_SPECIAL, "<|reward|>"],
        auto_map={"AutoTokenizer": ["tokenization_internlm2.InternLM2Tokenizer", "tokenization_internlm2_fast.InternLM2TokenizerFast"]},
        chat_template=INTERNLM_TEMPLATE,
        pad_token="</s>",
        tokenizer_class="InternLM2Tokenizer",
    )
    return tokenizer, config


INTERNLM |= {"vocab_size": vocabulary(internlm2), "reward_token_id": vocabulary(internlm2) - 1}
INTERNLM_NAMES = {
    "attention_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attention.wo": "self_attn.o_proj",
    "feed_forward.w1": "mlp.gate_proj",
    "feed_forward.w2": "mlp.down_proj",
    "feed_forward.w3": "mlp.up_proj",
}
QUERIES, KEYS = SIZES["num_attention_heads"], SIZES["num_key_value_heads"]
WIDTH = SIZES["hidden_size"] // QUERIES


def to_internlm(tensors):
    """Tensors of a LlamaForSequenceClassification under the names and in the layout of InternLM2."""
    made = {"model.tok_embeddings.weight": tensors["model.embed_tokens.weight"], "model.norm.weight": tensors["model.norm.weight"]}
    for layer in range(SIZES["num_hidden_layers"]):
        old, new = f"model.layers.{layer}", f"model.layers.{layer}"
        parts = [
            tensors[f"{old}.self_attn.{name}_proj.weight"].reshape(KEYS, -1, WIDTH, SIZES["hidden_size"]) for name in "qkv"
        ]
        made[f"{new}.attention.wqkv.weight"] = torch.cat(parts, dim=1).reshape(-1, SIZES["hidden_size"]).contiguous()
        for name, other in INTERNLM_NAMES.items():
            made[f"{new}.{name}.weight"] = tensors[f"{old}.{other}.weight"]
    return made | {"v_head.weight": tensors["score.weight"]}


def from_internlm(tensors):
    made = {"embed_tokens.weight": tensors["model.tok_embeddings.weight"], "norm.weight": tensors["model.norm.weight"]}
    per_group = QUERIES // KEYS
    for layer in range(SIZES["num_hidden_layers"]):
        old, new = f"model.layers.{layer}", f"layers.{layer}"
        fused = tensors[f"{old}.attention.wqkv.weight"].reshape(KEYS, per_group + 2, WIDTH, -1)
        parts = {"q": fused[:, :per_group], "k": fused[:, -2], "v": fused[:, -1]}
        for name, part in parts.items():
            made[f"{new}.self_attn.{name}_proj.weight"] = part.reshape(-1, SIZES["hidden_size"])
        for name, other in INTERNLM_NAMES.items():
            made[f"{new}.{other}.weight"] = tensors[f"{old}.{name}.weight"]
    return made


def open_internlm(model, folder):
    tensors = tensors_of(folder)
    fields = {name: value for name, value in model.config.items() if name not in ("attn_implementation", "bias", "auto_map", "model_type")}
    base = llama_base(fields, from_internlm(tensors), prefix="")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), bos_token="<s>", eos_token="</s>", chat_template=INTERNLM_TEMPLATE
    )
    return tokenizer, Headed(base, lambda state: state @ tensors["v_head.weight"].T)


# Nemotron: the score is the logit of the first entry of the vocabulary.

NEMOTRON = {name: value for name, value in LLAMA31.items() if name not in ("id2label", "label2id", "pad_token_id")} | {
    "architectures": ["LlamaForCausalLM"],
    "eos_token_id": [401, 408, 409],
    "transformers_version": "4.44.2",
}


def open_nemotron(model, folder):
    whole = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    # generate() gives the logits of the next token, all of the vocabulary, for one new token.
    return AutoTokenizer.from_pretrained(folder), Headed(whole.model, lambda state: whole.lm_head(state)[:, :1])


# safe-rlhf's scores

BEAVER = {
    "_name_or_path": "PKU-Alignment/alpaca-7b-reproduced",
    "architectures": ["LlamaForScore"],
    "attention_bias": False,
    "bias": True,
    "bos_token_id": 1,
    "do_normalize": False,
    "eos_token_id": 2,
    "hidden_act": "silu",
    **SIZES,
    "num_key_value_heads": 4,
    "initializer_range": 0.02,
    "max_position_embeddings": 2048,
    "model_type": "llama",
    "normalizer_type": "RunningMeanStd",
    "pad_token_id": vocabulary(lambda: llama2(["<pad>"])) - 1,
    "pretraining_tp": 1,
    "rms_norm_eps": 1e-06,
    "rope_scaling": None,
    "rope_theta": 10000.0,
    "score_dim": 1,
    "score_type": "reward",
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "transformers_version": "4.36.2",
    "use_cache": False,
    "vocab_size": vocabulary(lambda: llama2(["<pad>"])),
}
BEAVER_TEXT = "BEGINNING OF CONVERSATION: USER: {} ASSISTANT:"


def to_beaver(tensors):
    weight = tensors.pop("score.weight")
    buffers = {"normalizer.mean": weight.new_zeros(1), "normalizer.var": weight.new_ones(1), "normalizer.count": torch.tensor([1])}
    return {**tensors, "score_head.weight": weight, "score_head.bias": weight.new_tensor([0.25]), **buffers}


def open_beaver(model, folder):
    tensors = tensors_of(folder)
    base = llama_base({name: value for name, value in model.config.items() if name != "model_type"}, tensors)
    head = lambda state: state @ tensors["score_head.weight"].T + tensors["score_head.bias"]
    return AutoTokenizer.from_pretrained(folder), Headed(base, head)


# GRM: a value head of two layers on a causal model, whose own lm_head is kept.

GRM = {name: value for name, value in LLAMA31.items() if name not in ("id2label", "label2id", "rope_scaling")} | {
    "architectures": ["LlamaForCausalLM"],
    "eos_token_id": 409,
    "rope_theta": 500000.0,
    "rope_scaling": None,
    "torch_dtype": "float16",
    "transformers_version": "4.43.4",
}


def to_grm(tensors):
    noise = torch.Generator().manual_seed(7)
    draw = lambda *shape: torch.randn(shape, generator=noise).div(shape[-1] ** 0.5).half()
    head = {"0.weight": draw(64, 32), "0.bias": draw(64), "2.weight": draw(1, 64), "2.bias": draw(1)}
    return tensors | {f"v_head.summary.{name}": value for name, value in head.items()}


def open_grm(model, folder):
    tensors = tensors_of(folder)
    base = llama_base({name: value for name, value in model.config.items() if name != "model_type"}, tensors)
    layer = lambda at, x: x @ tensors[f"v_head.summary.{at}.weight"].T + tensors[f"v_head.summary.{at}.bias"]
    return AutoTokenizer.from_pretrained(folder), Headed(base, lambda state: layer(2, layer(0, state).relu()))


# A LoRA adapter as peft writes it beside TRL's RewardTrainer: the head is whole, in modules_to_save.

LORA = {
    "alpha_pattern": {},
    "auto_mapping": None,
    "base_model_name_or_path": "meta-llama/Llama-2-7b-hf",
    "bias": "none",
    "fan_in_fan_out": False,
    "inference_mode": True,
    "init_lora_weights": True,
    "layer_replication": None,
    "layers_pattern": None,
    "layers_to_transform": None,
    "loftq_config": {},
    "lora_alpha": 16,
    "lora_dropout": 0.05,
    "megatron_config": None,
    "megatron_core": "megatron.core",
    "modules_to_save": ["classifier", "score"],
    "peft_type": "LORA",
    "r": 4,
    "rank_pattern": {},
    "revision": None,
    "target_modules": ["v_proj", "q_proj"],
    "task_type": "SEQ_CLS",
    "use_dora": False,
    "use_rslora": False,
}
LLAMA2 = {name: value for name, value in BEAVER.items() if name not in ("bias", "do_normalize", "score_dim", "score_type", "normalizer_type")} | {
    "_name_or_path": "meta-llama/Llama-2-7b-hf",
    "architectures": ["LlamaForCausalLM"],
    "pad_token_id": 0,
    "rms_norm_eps": 1e-05,
    "torch_dtype": "float16",
    "transformers_version": "4.40.1",
}


class AdapterModel(HubModel):
    def write(self, folder):
        base = folder.with_name(f"{self.name}-base")
        super().write(base)
        folder.mkdir()
        for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
            (folder / name).write_bytes((base / name).read_bytes())
        (folder / "adapter_config.json").write_text(json.dumps(LORA, indent=2) + "\n")
        save_file(self.adapter(), folder / "adapter_model.safetensors", {"format": "pt"})

    def adapter(self):
        noise = torch.Generator().manual_seed(9)
        draw = lambda *shape: torch.randn(shape, generator=noise).div(shape[-1] ** 0.5).contiguous()
        hidden, keys = SIZES["hidden_size"], SIZES["hidden_size"]
        tensors = {"base_model.model.score.weight": draw(1, hidden)}
        for layer in range(SIZES["num_hidden_layers"]):
            for name, outputs in (("q_proj", hidden), ("v_proj", keys)):
                at = f"base_model.model.model.layers.{layer}.self_attn.{name}"
                tensors |= {f"{at}.lora_A.weight": draw(LORA["r"], hidden), f"{at}.lora_B.weight": draw(outputs, LORA["r"])}
        return tensors


def open_adapter(model, folder):
    """W + alpha / r * B A."""
    base = folder.with_name(f"{model.name}-base")
    tensors, adapter = tensors_of(base), tensors_of(folder)
    for name in [name for name in adapter if name.endswith("lora_A.weight")]:
        product = adapter[name.replace("lora_A", "lora_B")] @ adapter[name]
        target = name.removeprefix("base_model.model.").replace(".lora_A", "")
        tensors[target] = tensors[target] + LORA["lora_alpha"] / LORA["r"] * product
    trunk = llama_base({name: value for name, value in model.config.items() if name != "model_type"}, tensors)
    head = lambda state: state @ adapter["base_model.model.score.weight"].T
    return AutoTokenizer.from_pretrained(folder), Headed(trunk, head)


MODELS = [
    HubModel(
        "internlm2-1_8b-reward",
        LlamaForSequenceClassification,
        INTERNLM,
        internlm2,
        [*WHOLE, "tokenizer.model"],
        chats(),
        weights=2,
        drawn={"num_labels": 1, "model_type": "llama"},
        stored=to_internlm,
        pooling="end",
        closing=[INTERNLM["reward_token_id"]],
        open=open_internlm,
    ),
    HubModel(
        "Llama-3.1-Nemotron-70B-Reward-HF",
        LlamaForCausalLM,
        NEMOTRON,
        lambda: llama3("llama3_1"),
        WHOLE,
        chats(),
        weights=30,
        pooling="end",
        flags=["--head=vocabulary:0"],
        open=open_nemotron,
    ),
    HubModel(
        "beaver-7b-v1.0-reward",
        LlamaForSequenceClassification,
        BEAVER,
        lambda: llama2(["<pad>"], model_max_length=512, pad_token="<pad>", padding_side="right"),
        [*WHOLE, "tokenizer.model", "added_tokens.json"],
        [{"prompt": BEAVER_TEXT.format(prompt), "completion": completion} for prompt, completion in PLAIN],
        weights=3,
        drawn={"num_labels": 1},
        stored=to_beaver,
        pooling="end",
        open=open_beaver,
    ),
    HubModel(
        "GRM-llama3-8B-sftreg",
        LlamaForCausalLM,
        GRM,
        lambda: llama3("llama3", pad_token="<|eot_id|>"),
        WHOLE,
        chats(),
        weights=4,
        stored=to_grm,
        pooling="end",
        flags=["--head=value"],
        open=open_grm,
    ),
    AdapterModel(
        "llama-2-7b-reward-lora",
        LlamaForCausalLM,
        LLAMA2,
        lambda: llama2(pad_token="<unk>"),
        [*WHOLE, "tokenizer.model"],
        plain(),
        weights=2,
        pooling="end",
        flags=["--base={folder}/llama-2-7b-reward-lora-base"],
        open=open_adapter,
    ),
]
