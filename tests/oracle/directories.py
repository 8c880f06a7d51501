"""Makes tests/golden/directories.json: what transformers makes of directories that are spelled otherwise.

    python tests/oracle/directories.py

Each case is a model of tests/golden/models with fields of config.json put over it or taken out, and with tensors
renamed, taken out, put in or stored in another element type. It is loaded as AutoModelForSequenceClassification in
float32 and asked about IDS. `logits` are its answer; `error` is what it stops with; `random` names tensors that it
did not find and drew at random.
"""

import datetime
import json
import pathlib
import re
import tempfile

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification

from models import FOLDER

TARGET = FOLDER.parent / "directories.json"
IDS = [5, 9, 17, 3, 40, 8, 22, 11, 30, 3, 6, 7]


def case(base, config=(), without=(), rename=(), drop=(), add=(), dtype="float32"):
    """`rename` are pairs of a pattern and what takes its place, in order; `drop` are patterns of names that go;
    `add` are names and shapes of tensors full of 0.5, put in last."""
    return {
        "base": base,
        "config": dict(config),
        "without": list(without),
        "rename": [list(pair) for pair in rename],
        "drop": list(drop),
        "add": dict(add),
        "dtype": dtype,
    }


def linear(**more):
    return {"type": "linear", "factor": 2.0, **more}


def yarn(**more):
    return {"type": "yarn", "factor": 2.0, **more}


INSIDE = ["rope_parameters"]
ROTARY = {
    "nothing about angles": case("llama", without=INSIDE),
    "rope_parameters null": case("llama", {"rope_parameters": None}),
    "rope_scaling null": case("llama", {"rope_scaling": None}),
    "rope_scaling empty": case("llama", {"rope_scaling": {}, "rope_parameters": {"rope_theta": 500.0}}),
    "rope_theta beside": case("llama", {"rope_theta": 500.0}, INSIDE),
    "rope_theta beside, null": case("llama", {"rope_theta": None}, INSIDE),
    "rope_theta inside, null beside": case("llama", {"rope_theta": None}),
    "rope_theta inside and beside, equal": case("llama", {"rope_theta": 10000.0}),
    "rope_theta inside and beside, unequal": case("llama", {"rope_theta": 500.0}),
    "rope_theta inside rope_scaling": case("llama", {"rope_scaling": linear(rope_theta=500.0)}, INSIDE),
    "rope_theta inside rope_parameters alone": case("llama", {"rope_parameters": {"rope_theta": 500.0}}),
    "rope_theta null inside": case("llama", {"rope_parameters": {"rope_theta": None}, "rope_theta": 500.0}),
    "rope_scaling as version 4 wrote it": case("llama", {"rope_scaling": linear(), "rope_theta": 500.0}, INSIDE),
    "rope_scaling beside default rope_parameters": case("llama", {"rope_scaling": linear()}),
    "rope_scaling beside equal rope_parameters": case(
        "llama", {"rope_scaling": linear(), "rope_parameters": linear(rope_theta=10000.0)}
    ),
    "rope_scaling beside rope_parameters with a base": case(
        "llama", {"rope_scaling": linear(), "rope_parameters": {"rope_theta": 500.0}}
    ),
    "rope_parameters with type": case("llama", {"rope_parameters": linear(rope_theta=500.0)}),
    "rope_type and type, equal": case("llama", {"rope_parameters": linear(rope_type="linear")}),
    "rope_type and type, unequal": case("llama", {"rope_parameters": linear(rope_type="dynamic")}),
    "rope_type null": case("llama", {"rope_parameters": linear(rope_type=None)}),
    "partial_rotary_factor of whole heads": case("llama", {"partial_rotary_factor": 0.5}),
    "partial_rotary_factor of whole heads, scaled": case(
        "llama", {"partial_rotary_factor": 0.5, "rope_scaling": linear()}, INSIDE
    ),
    "rotary_emb_base in a Llama": case("llama", {"rotary_emb_base": 500.0}, INSIDE),
    "yarn, its context beside": case(
        "llama", {"original_max_position_embeddings": 24, "rope_scaling": yarn()}, INSIDE
    ),
    "yarn, its context inside": case(
        "llama", {"rope_scaling": yarn(original_max_position_embeddings=24)}, INSIDE
    ),
    "yarn, two contexts": case(
        "llama",
        {"original_max_position_embeddings": 12, "rope_scaling": yarn(original_max_position_embeddings=24)},
        INSIDE,
    ),
    "yarn, null beside its context": case(
        "llama",
        {"original_max_position_embeddings": None, "rope_scaling": yarn(original_max_position_embeddings=24)},
        INSIDE,
    ),
    "yarn, its factor null": case(
        "llama", {"rope_scaling": yarn(factor=None, original_max_position_embeddings=24)}, INSIDE
    ),
    "yarn, truncate null": case(
        "llama", {"rope_scaling": yarn(truncate=None, original_max_position_embeddings=24)}, INSIDE
    ),
    "yarn, truncate": case(
        "llama", {"rope_scaling": yarn(truncate=True, original_max_position_embeddings=24)}, INSIDE
    ),
    "angles by kind of layer": case(
        "gemma2", {"rope_parameters": {"full_attention": linear(), "sliding_attention": {"rope_type": "default"}}}
    ),
    "GPT-NeoX as version 5 writes it": case(
        "gpt-neox",
        {"rope_parameters": {"rope_theta": 500.0, "partial_rotary_factor": 0.5, "rope_type": "default"}},
        ["rotary_pct", "rotary_emb_base"],
    ),
    "GPT-NeoX under all names": case(
        "gpt-neox",
        {"rotary_pct": 0.5, "rotary_emb_base": 500, "rope_theta": 500, "partial_rotary_factor": 0.5},
    ),
    "GPT-NeoX under its own names": case("gpt-neox", {"rotary_pct": 0.5, "rotary_emb_base": 500}),
    "GPT-NeoX under the usual names": case(
        "gpt-neox", {"rope_theta": 500, "partial_rotary_factor": 0.5}, ["rotary_pct", "rotary_emb_base"]
    ),
    "GPT-NeoX, rotary_emb_base null": case("gpt-neox", {"rotary_emb_base": None}),
    "GPT-NeoX, rotary_pct null": case("gpt-neox", {"rotary_pct": None}),
}
FIELDS = {
    "id2label null, num_labels": case("llama", {"id2label": None, "num_labels": 1}),
    "id2label and num_labels, equal": case("llama", {"num_labels": 1}),
    "id2label and num_labels, unequal": case("llama", {"num_labels": 2}),
    "num_labels null": case("llama", {"num_labels": None}),
    "neither id2label nor num_labels": case("llama", without=["id2label", "label2id"]),
    "label2id null": case("llama", {"label2id": None}),
    "label2id of other names": case("llama", {"id2label": {"0": "good"}}),
    "a label that is a number": case("llama", {"id2label": {"0": 0}}),
    "problem_type regression": case("llama", {"problem_type": "regression"}),
    "problem_type null": case("llama", {"problem_type": None}),
    "problem_type of several labels": case("llama", {"problem_type": "single_label_classification"}),
    "dtype and torch_dtype": case("llama", {"dtype": "bfloat16", "torch_dtype": "float16"}),
    "torch_dtype": case("llama", {"torch_dtype": "float16"}),
    "no rms_norm_eps": case("llama", without=["rms_norm_eps"]),
    "rms_norm_eps null": case("llama", {"rms_norm_eps": None}),
    "no num_key_value_heads": case("llama", without=["num_key_value_heads"]),
    "head_dim null": case("llama", {"head_dim": None}),
    "no hidden_act": case("llama", without=["hidden_act"]),
    "hidden_act null": case("llama", {"hidden_act": None}),
    "no vocab_size": case("llama", without=["vocab_size"]),
    "a layer of its own": case("llama", {"per_layer_config": {"1": {"hidden_act": "gelu"}}}),
    "heads that do not divide the width": case("llama", {"num_attention_heads": 3}),
    "GPT-2 under the general names": case(
        "gpt2",
        {"hidden_size": 16, "num_attention_heads": 4, "num_hidden_layers": 3, "max_position_embeddings": 96},
        ["n_embd", "n_head", "n_layer", "n_positions"],
    ),
    "GPT-2, heads twice, equal": case("gpt2", {"num_attention_heads": 4}),
    "GPT-2, heads twice, unequal": case("gpt2", {"num_attention_heads": 2}),
    "GPT-2, layers twice, unequal": case("gpt2", {"num_hidden_layers": 2}),
    "GPT-2, a general name null": case("gpt2", {"max_position_embeddings": None}),
    "GPT-2, n_ctx": case("gpt2", {"n_ctx": 5}),
    "GPT-J, heads twice, unequal": case("gptj", {"num_attention_heads": 1}),
    "GPT-J as it is": case("gptj"),
    "Gemma 3, hidden_act another": case("gemma3", {"hidden_act": "relu"}),
    "DistilBERT, heads twice, unequal": case("distilbert", {"num_attention_heads": 1}),
    "Gemma 2, hidden_act alone": case("gemma2", {"hidden_act": "relu"}, ["hidden_activation"]),
    "Gemma 2, hidden_act another": case("gemma2", {"hidden_act": "gelu"}),
    "Gemma 2, hidden_act null": case("gemma2", {"hidden_act": None}),
    "Gemma 2, hidden_activation null": case("gemma2", {"hidden_activation": None}),
    "Gemma 2, neither activation": case("gemma2", without=["hidden_act", "hidden_activation"]),
    "Gemma 2, layer_types null": case("gemma2", {"layer_types": None}),
    "Mistral, sliding_window null": case("mistral", {"sliding_window": None}),
    "Mistral, num_key_value_heads null": case("mistral", {"num_key_value_heads": None}),
    "Mistral, layer_types null": case("mistral", {"layer_types": None}),
    "BERT, position_embedding_type null": case("bert", {"position_embedding_type": None}),
    "BERT, is_decoder null": case("bert", {"is_decoder": None}),
    "DeBERTa, terms in capitals": case("deberta-v3", {"pos_att_type": "P2C| c2p"}),
    "DeBERTa, terms in a list": case("deberta-v3", {"pos_att_type": ["p2c", "c2p"]}),
    "DeBERTa, terms null": case("deberta-v3", {"pos_att_type": None}),
}
ARCHITECTURES = {
    f"architectures {json.dumps(names)}": case("llama", {"architectures": names})
    for names in [
        None,
        [],
        ["RewardModel"],
        ["LLMForSequenceRegression"],
        ["AutoModelForSequenceClassification"],
        ["LlamaForCausalLM"],
        ["LlamaModel"],
    ]
} | {
    "no architectures": case("llama", without=["architectures"]),
    "no architectures, BERT": case("bert", without=["architectures"]),
    "no architectures, DeBERTa": case("deberta-v3", without=["architectures"]),
    "no architectures, GPT-2": case("gpt2", without=["architectures"]),
    "no architectures, GPT-NeoX": case("gpt-neox", without=["architectures"]),
    "no architectures, Gemma 2": case("gemma2", without=["architectures"]),
    "no architectures, Mistral": case("mistral", without=["architectures"]),
    "model_type of another family": case("mistral", {"model_type": "llama"}),
    "neither architectures nor model_type": case("llama", without=["architectures", "model_type"]),
    "no head": case("llama", {"architectures": ["RewardModel"]}, drop=[r"^score\."]),
}
LLAMA, GPT2, NEOX, BERT, DEBERTA = r"^model\.", r"^transformer\.", r"^gpt_neox\.", r"^bert\.", r"^deberta\."
OLD_NORMS = [[r"LayerNorm\.weight$", "LayerNorm.gamma"], [r"LayerNorm\.bias$", "LayerNorm.beta"]]
TENSORS = {
    "Llama without its prefix": case("llama", rename=[[LLAMA, ""]]),
    "Llama with its prefix twice": case("llama", rename=[[LLAMA, "model.model."]]),
    "a head with the prefix": case("llama", rename=[["^score", "model.score"]]),
    "Mistral without its prefix": case("mistral", rename=[[LLAMA, ""]]),
    "Gemma 2 without its prefix": case("gemma2", rename=[[LLAMA, ""]]),
    "GPT-2 without its prefix": case("gpt2", rename=[[GPT2, ""]]),
    "GPT-2 as the hub has it": case(
        "gpt2", rename=[[GPT2, ""]], add={"h.0.attn.bias": [1, 1, 4, 4], "h.1.attn.masked_bias": []}
    ),
    "GPT-NeoX without its prefix": case(
        "gpt-neox", rename=[[NEOX, ""]], add={"layers.0.attention.rotary_emb.inv_freq": [2]}
    ),
    "GPT-NeoX with old buffers": case(
        "gpt-neox",
        add={
            "gpt_neox.layers.0.attention.bias": [1, 1, 4, 4],
            "gpt_neox.layers.0.attention.masked_bias": [],
            "gpt_neox.rotary_emb.inv_freq": [2],
            "embed_out.weight": [83, 32],
        },
    ),
    "BERT without its prefix": case("bert", rename=[[BERT, ""]]),
    "BERT with its prefix twice": case("bert", rename=[[BERT, "bert.bert."]]),
    "BERT with gamma and beta": case("bert", rename=OLD_NORMS),
    "BERT with gamma and beta, without its prefix": case("bert", rename=[*OLD_NORMS, [BERT, ""]]),
    "BERT with the heads of pretraining": case(
        "bert",
        add={
            "cls.predictions.bias": [101],
            "cls.predictions.transform.dense.weight": [16, 16],
            "cls.seq_relationship.weight": [2, 16],
            "bert.embeddings.position_ids": [1, 96],
        },
    ),
    "BERT without its pooler": case("bert", drop=[r"pooler"]),
    "DeBERTa without its prefix": case("deberta-v3", rename=[[DEBERTA, ""]]),
    "DeBERTa with the heads of pretraining": case(
        "deberta-v3",
        add={"lm_predictions.lm_head.bias": [149], "mask_predictions.dense.weight": [16, 16]},
    ),
    "Llama with lm_head": case("llama", add={"lm_head.weight": [160, 16]}),
    "Llama with old buffers": case(
        "llama",
        add={
            "model.layers.0.self_attn.rotary_emb.inv_freq": [2],
            "model.layers.1.self_attn.rotary_emb.cos_cached": [1, 1, 4, 4],
            "model.rotary_emb.inv_freq": [2],
        },
    ),
    "Llama with an unknown tensor": case("llama", add={"model.layers.0.self_attn.q_norm.weight": [4]}),
    "a bias that the head does not have": case("llama", add={"score.bias": [1]}),
    "one tensor under two names": case("llama", add={"norm.weight": [16]}),
    "Llama within module": case("llama", rename=[["^", "module."]]),
    "a head of another shape": case("llama", drop=[r"^score\."], add={"score.weight": [2, 16]}),
    "a value head of TRL": case("llama", drop=[r"^score\."], add={"v_head.summary.weight": [1, 16]}),
    "Llama in float64": case("llama", dtype="float64"),
    "GPT-2 in float64": case("gpt2", dtype="float64"),
    "BERT in float64": case("bert", dtype="float64"),
}
LONG = {"short_factor": [1.0, 1.5, 2.0], "long_factor": [1.0, 3.0, 8.0]}
DECODERS = {
    "Qwen2, windows that are not used": case("qwen2-yarn", {"use_sliding_window": False}, ["layer_types"]),
    "Qwen2, types of windows that are not used": case("qwen2-yarn", {"use_sliding_window": False}),
    "Qwen2, windows without a length": case("qwen2-yarn", {"sliding_window": None}, ["layer_types"]),
    "Qwen2, windows from layer 1 on": case("qwen2-yarn", {"max_window_layers": 1}, ["layer_types"]),
    "Qwen2, windows from layer 28 on": case("qwen2-yarn", without=["layer_types", "max_window_layers"]),
    "Qwen2 without its prefix": case("qwen2", rename=[[LLAMA, ""]]),
    "no architectures, Qwen2": case("qwen2", without=["architectures"]),
    "Qwen3, no head_dim": case("qwen3", without=["head_dim"]),
    "Qwen3, attention_bias of other files": case("qwen3", {"attention_bias": True}),
    "no architectures, Qwen3": case("qwen3", without=["architectures"]),
    "Gemma, no activation": case("gemma", without=["hidden_act", "hidden_activation"]),
    "Gemma, another activation beside": case("gemma", {"hidden_activation": "relu"}),
    "Gemma, seeing what follows": case("gemma", {"use_bidirectional_attention": True}),
    "Phi-3, its context inside and beside, unequal": case(
        "phi3-longrope", {"original_max_position_embeddings": 40, "rope_scaling": {
            "type": "longrope", "original_max_position_embeddings": 8, **LONG}}
    ),
    "Phi-3, its context nowhere": case("phi3-longrope", without=["original_max_position_embeddings"]),
    "Phi-3, a shorter context": case("phi3-longrope", {"original_max_position_embeddings": 8}),
    "Phi-3, the first name of longrope": case(
        "phi3-longrope", {"rope_scaling": {"type": "su", "original_max_position_embeddings": 20, **LONG}}
    ),
    "Phi-3, yarn": case("phi3-longrope", {"rope_scaling": yarn()}),
    "Phi-3, nothing scaled": case("phi3-longrope", {"rope_scaling": None}),
    "Phi-3, sliding_window": case("phi3-longrope", {"sliding_window": 4}),
    "Gemma 3, nothing about angles": case(
        "gemma3", without=["rope_theta", "rope_local_base_freq", "rope_scaling", "rope_parameters"]
    ),
    "Gemma 3, a base of near layers": case("gemma3", {"rope_local_base_freq": 500.0}),
    "Gemma 3, angles of all layers": case(
        "gemma3", {"rope_parameters": linear(rope_theta=500.0)}, ["rope_scaling", "rope_theta", "rope_local_base_freq"]
    ),
    "Gemma 3, angles of one kind": case(
        "gemma3",
        {"rope_parameters": {"sliding_attention": {"rope_type": "default", "rope_theta": 500.0}}},
        ["rope_scaling", "rope_theta", "rope_local_base_freq"],
    ),
    "Gemma 3, a scaling beside another": case(
        "gemma3",
        {"rope_parameters": {"full_attention": linear(rope_theta=500.0)}, "rope_scaling": linear(factor=4.0)},
        ["rope_theta", "rope_local_base_freq"],
    ),
    "Gemma 3, a pattern of six": case("gemma3", without=["sliding_window_pattern"]),
    "Gemma 3, no window": case("gemma3", {"sliding_window": None}),
    "Gemma 3, caps that nothing reads": case("gemma3", {"attn_logit_softcapping": 0.1}),
    "GPT-J under general names": case(
        "gptj",
        {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 80},
        ["n_embd", "n_layer", "n_head", "n_positions"],
    ),
    "GPT-J, n_inner null": case("gptj", {"n_inner": None}),
    "GPT-J, rotary_dim null": case("gptj", {"rotary_dim": None}),
    "GPT-J without its prefix": case("gptj", rename=[[GPT2, ""]]),
    "OPT, norms behind": case("opt", {"do_layer_norm_before": False}, drop=[r"decoder\.final_layer_norm"]),
    "OPT, no last norm": case("opt", {"_remove_final_layer_norm": True}, drop=[r"decoder\.final_layer_norm"]),
    "OPT, no width of words": case("opt", {"word_embed_proj_dim": None}),
    "OPT without its prefix": case("opt", rename=[[LLAMA, ""]]),
    "no architectures, OPT": case("opt", without=["architectures"]),
}
ENCODERS = {
    "RoBERTa, another padding": case("roberta", {"pad_token_id": 9}),
    "RoBERTa, no padding": case("roberta", {"pad_token_id": None}),
    "RoBERTa without its prefix": case("roberta", rename=[[r"^roberta\.", ""]]),
    "no architectures, XLM-RoBERTa": case("xlm-roberta", without=["architectures"]),
    "DistilBERT under general names": case(
        "distilbert",
        {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 4},
        ["dim", "n_layers", "n_heads"],
    ),
    "DistilBERT, an epsilon that nothing reads": case("distilbert", {"layer_norm_eps": 0.5}),
    "no architectures, DistilBERT": case("distilbert", without=["architectures"]),
    "ELECTRA, gamma and beta": case(
        "electra", rename=[[r"LayerNorm\.weight", "LayerNorm.gamma"], [r"LayerNorm\.bias", "LayerNorm.beta"]]
    ),
    "no architectures, ELECTRA": case("electra", without=["architectures"]),
    "ALBERT, relu": case("albert", {"hidden_act": "relu"}),
    "ALBERT without its prefix": case("albert", rename=[[r"^albert\.", ""]]),
    "ModernBERT, a half-window": case("modernbert", {"sliding_window": 1}),
    "ModernBERT, a base that nothing reads": case("modernbert", {"rope_theta": 5.0}),
    "ModernBERT, one layer in two": case("modernbert", {"global_attn_every_n_layers": 2}),
}
CASES = ROTARY | FIELDS | ARCHITECTURES | TENSORS | DECODERS | ENCODERS
MEAN, STD = -1.0, 2.0


def write(folder, case):
    source = FOLDER / case["base"]
    config = json.loads((source / "config.json").read_text())
    config = {name: value for name, value in config.items() if name not in case["without"]} | case["config"]
    (folder / "config.json").write_text(json.dumps(config))
    tensors = {}
    for name, value in load_file(source / "model.safetensors").items():
        if any(re.search(pattern, name) for pattern in case["drop"]):
            continue
        for pattern, text in case["rename"]:
            name = re.sub(pattern, text, name)
        tensors[name] = value.to(getattr(torch, case["dtype"]))
    added = {name: torch.full(shape, 0.5) for name, shape in case["add"].items()}
    save_file(tensors | added, folder / "model.safetensors", {"format": "pt"})


def answer(folder):
    try:
        options = {"dtype": torch.float32, "output_loading_info": True}
        model, info = AutoModelForSequenceClassification.from_pretrained(folder, **options)
        with torch.no_grad():
            logits = model.eval()(torch.tensor([IDS])).logits[0].tolist()
    except Exception as error:
        return {"error": f"{type(error).__name__}: {str(error).splitlines()[0][:120]}".replace(str(folder), "DIR")}
    missing = sorted(info["missing_keys"])
    return {"random": missing[:3]} if missing else {"logits": logits}


def normalized(folder):
    """The last lines of OpenRLHF's RewardModel.forward, restated; mean and std are buffers of float32 there."""
    raw = torch.tensor(answer(folder)["logits"])
    mean, std = torch.zeros(1), torch.ones(1)
    mean[0], std[0] = MEAN, STD
    return {"mean": MEAN, "std": STD, "raw": raw.item(), "reward": ((raw - mean) / std).item()}


def main():
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    cases = []
    for name, each in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            write(pathlib.Path(folder), each)
            cases.append({"name": name, **each, **answer(pathlib.Path(folder))})
    golden = {
        "made_by": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "ids": IDS,
        "normalized": normalized(FOLDER / "llama"),
        "cases": cases,
    }
    TARGET.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
