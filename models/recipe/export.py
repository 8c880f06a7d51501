"""Writes a trained network as a directory that transformers loads unchanged."""
import json
import os
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from llama import Llama
from tokenizer import BOS, EOS, PAD


def config(shape, reward):
    c = {
        "architectures": ["LlamaForSequenceClassification" if reward else "LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.vocab,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.mlp,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.heads,
        "head_dim": shape.hidden // shape.heads,
        "hidden_act": "silu",
        "max_position_embeddings": shape.positions,
        "rms_norm_eps": shape.eps,
        "rope_theta": shape.theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": shape.theta},
        "attention_bias": False,
        "mlp_bias": False,
        "attention_dropout": 0.0,
        "initializer_range": 0.02,
        "pretraining_tp": 1,
        "tie_word_embeddings": not reward,
        "use_cache": True,
        "bos_token_id": BOS,
        "eos_token_id": EOS,
        "pad_token_id": PAD,
        "dtype": "float16",
        "torch_dtype": "float16",
    }
    if reward:
        c |= {"num_labels": 1, "id2label": {"0": "positive"}, "label2id": {"positive": 0},
              "problem_type": "regression"}
    return c


TOKENIZER = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": "<s>",
    "eos_token": "</s>",
    "pad_token": "<pad>",
    "padding_side": "right",
    "model_max_length": 512,
    "clean_up_tokenization_spaces": False,
}
GENERATION = {
    "bos_token_id": BOS,
    "eos_token_id": EOS,
    "pad_token_id": PAD,
    "do_sample": True,
    "temperature": 1.0,
    "top_k": 0,
    "top_p": 1.0,
    "max_new_tokens": 64,
}


def read(folder, shape):
    """The network of a directory that `write` filled, a language model's with a head of zeros."""
    model = Llama(shape)
    model.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()}, strict=False)
    return model.eval()


def write(model, tokenizer_path, folder, reward, head_scale=1.0):
    """Fills `folder` file by file through renames, so that a reader of it never
    meets half a file. Weights are stored as float16 (6.7 MB)."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights = {k: v.detach().half().contiguous() for k, v in model.state_dict().items()
               if reward or k != "score.weight"}
    if reward:
        weights["score.weight"] = (model.score.weight.detach() * head_scale).half().contiguous()
    beside = folder / "model.safetensors.new"
    save_file(weights, beside, metadata={"format": "pt"})
    beside.chmod(0o644)
    os.replace(beside, folder / "model.safetensors")
    for name, value in (("config.json", config(model.shape, reward)), ("tokenizer_config.json", TOKENIZER),
                        ("generation_config.json", GENERATION)):
        beside = folder / f"{name}.new"
        beside.write_text(json.dumps(value, indent=2) + "\n")
        os.replace(beside, folder / name)
    shutil.copyfile(tokenizer_path, folder / "tokenizer.json.new")
    os.replace(folder / "tokenizer.json.new", folder / "tokenizer.json")
