"""Makes tests/golden/adapter_rules.json: which modules peft matches by an adapter_config.json, with which rank and scale.

    python tests/oracle/adapter_rules.py
"""

import datetime
import json
import pathlib
import re

import peft
from peft import LoraConfig
from peft.tuners.tuners_utils import _ExcludedModule, check_target_module_exists
from peft.utils.other import get_pattern_key

FILE = pathlib.Path(__file__).parent.parent / "golden" / "adapter_rules.json"

MODULES = [
    "model.embed_tokens",
    *(f"model.layers.{i}.self_attn.{part}_proj" for i in (0, 1, 11) for part in "qkvo"),
    *(f"model.layers.{i}.mlp.{part}_proj" for i in (0, 1) for part in ("gate", "up", "down")),
    "model.layers.1.experts.0.up_proj",
    "transformer.h.1.attn.c_attn",
    "transformer.h.10.mlp.c_proj",
    "bert.encoder.layer.0.attention.self.query",
    "bert.encoder.layer.1.attention.output.dense",
    "classifier",
    "classifier.dense",
    "pre_classifier",
    "score",
    "lm_head",
]

CONFIGS = [
    {"target_modules": ["q_proj", "v_proj"]},
    {"target_modules": ["proj"]},
    {"target_modules": ["model.layers.0.self_attn.q_proj", "dense", "score"]},
    {"target_modules": ["score", "dense"], "task_type": "SEQ_CLS"},
    {"target_modules": ["q_proj", "lm_head"], "exclude_modules": ["layers.1.self_attn.q_proj"]},
    {"target_modules": ["q_proj", "up_proj"], "exclude_modules": r".*\.layers\.(0|1)\..*"},
    {"target_modules": r".*\.self_attn\.(q|v)_proj"},
    {"target_modules": r"model\.layers\.\d+\.mlp\.(?P<part>gate|up)_proj"},
    {"target_modules": "q_proj"},
    {"target_modules": ["q_proj", "up_proj", "c_attn"], "layers_to_transform": [1]},
    {"target_modules": ["q_proj", "up_proj", "c_attn"], "layers_to_transform": 1, "layers_pattern": "layers"},
    {"target_modules": ["query", "c_attn", "up_proj"], "layers_to_transform": [0, 1], "layers_pattern": ["layer", "h"]},
    {"target_modules": ["up_proj"], "layers_to_transform": [0], "layers_pattern": "experts"},
    {"target_modules": ["q_proj"], "layers_to_transform": []},
    {"target_modules": ["dense", "query"], "modules_to_save": ["attention"]},
    {"target_modules": ["dense", "up_proj"], "modules_to_save": ["experts.0", "classifier"]},
    {
        "target_modules": ["q_proj"],
        "r": 4,
        "lora_alpha": 6,
        "rank_pattern": {"q_proj": 2, "layers.0.mlp.up_proj": 3, r"^model\.layers\.1\..*": 5, "proj": 7},
        "alpha_pattern": {r"layers\.(0|1)\.self_attn\.q_proj": 1, "q_proj|score": 9, "^score": 2},
    },
    {"target_modules": ["q_proj"], "use_rslora": True, "r": 16, "lora_alpha": 32, "rank_pattern": {"up_proj": 4}},
]


def matched(config, module):
    """True, False, or None where peft keeps the module out as one that is excluded or saved."""
    found = check_target_module_exists(config, module)
    return not isinstance(found, _ExcludedModule) and bool(found)


def rank_of(config, module):
    rank = config.rank_pattern.get(get_pattern_key(config.rank_pattern.keys(), module), config.r)
    alpha = config.alpha_pattern.get(get_pattern_key(config.alpha_pattern.keys(), module), config.lora_alpha)
    return rank, alpha / (rank**0.5 if config.use_rslora else rank)


def within(module):
    """The module and all that it lies in."""
    parts = module.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def config_saves(config):
    """As peft's _set_trainable finds what to wrap."""
    return lambda module: any(module.endswith(each) for each in config.modules_to_save or [])


def case(fields):
    config = LoraConfig(**fields)
    if config.task_type == "SEQ_CLS":  # as PeftModelForSequenceClassification does
        config.modules_to_save = (config.modules_to_save or []) + ["classifier", "score"]
    modules = {
        module: {"targeted": matched(config, module), "rank": rank_of(config, module)[0], "scale": rank_of(config, module)[1]}
        for module in MODULES
    }
    saved = [module for module in MODULES if any(map(config_saves(config), within(module)))]
    return {"config": fields, "modules": modules, "saved": saved}


def main():
    made_by = {"peft": peft.__version__, "date": datetime.date.today().isoformat()}
    golden = {"made_by": made_by, "cases": [case(fields) for fields in CONFIGS]}
    text = json.dumps(golden, separators=(",", ":"))
    FILE.write_text(re.sub(r'("config")', r"\n\1", text) + "\n")


if __name__ == "__main__":
    main()
