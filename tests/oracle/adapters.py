"""Makes tests/golden/adapters with peft: tiny base models, LoRA adapters of them, and what the adapted models answer.

    python tests/oracle/adapters.py             every case that has no folder yet
    python tests/oracle/adapters.py NAME...     these, again where they are there already

Every folder NAME holds base/ and adapter/, both ordinary directories of Hugging Face, and golden.json: per sequence
of ids the logits (of token classifiers those of the last token) of the model that peft loads from the two folders (PeftModel.from_pretrained, computing in
float32, not merged), which are checked to be those of merge_and_unload and far from those of the base.

The adapter's adapter_config.json names no base model: a relative path would be one of whoever loads it.
"""

import dataclasses
import datetime
import json
import pathlib
import shutil
import sys
import zlib

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file

from golden_model import randomise

FOLDER = pathlib.Path(__file__).parent.parent / "golden" / "adapters"
IDS = [[1, 7, 3, 30, 12, 9, 22, 5], [2, 2, 40, 17, 3], [33, 1, 9, 9, 27, 18, 6, 4, 44, 8, 15], [11]]

DECODER = dict(
    vocab_size=46,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
    pad_token_id=0,
)
ENCODER = dict(
    vocab_size=46,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=40,
)


@dataclasses.dataclass(frozen=True)
class Case:
    """A base model, how it is adapted, and how that is stored."""

    base: type
    """The class that is saved as the base: usually no classifier."""
    kind: type
    """The class that is trained."""
    config: object
    lora: LoraConfig
    labels: int = 1
    dtype: torch.dtype = torch.float32
    """Of the stored base."""
    vocabulary: int | None = None
    """What the embeddings are resized to before training."""
    pickled: bool = False
    """Whether the adapter is adapter_model.bin."""
    rename: tuple = ()
    """(old, new) within the names of the adapter's tensors, after saving: as old versions of peft wrote them, where
    the present one does not read them."""


def decoder(kind, config, lora, **options):
    return Case(
        getattr(transformers, f"{kind}ForCausalLM"),
        getattr(transformers, f"{kind}ForSequenceClassification"),
        getattr(transformers, f"{kind}Config")(**(DECODER | config)),
        LoraConfig(task_type="SEQ_CLS", **lora),
        **options,
    )


def encoder(kind, lora, base="Model", config={}, **options):
    return Case(
        getattr(transformers, f"{kind}{base}"),
        getattr(transformers, f"{kind}ForSequenceClassification"),
        getattr(transformers, f"{kind}Config")(**(ENCODER | config)),
        LoraConfig(**({"task_type": "SEQ_CLS"} | lora)),
        **options,
    )


def gpt2(lora, **options):
    config = transformers.GPT2Config(
        vocab_size=46, n_embd=16, n_layer=2, n_head=4, n_positions=64, pad_token_id=0, bos_token_id=1, eos_token_id=2
    )
    kind = transformers.GPT2ForSequenceClassification
    return Case(transformers.GPT2LMHeadModel, kind, config, LoraConfig(task_type="SEQ_CLS", **lora), **options)


CASES = {
    "llama": decoder("Llama", {}, dict(r=4, lora_alpha=6, target_modules=["q_proj", "v_proj", "down_proj"])),
    "gpt2": gpt2(dict(r=3, target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True)),
    "qwen2": decoder(
        "Qwen2",
        {},
        dict(
            r=4,
            lora_alpha=5,
            use_rslora=True,
            target_modules="all-linear",
            rank_pattern={"q_proj": 2, r"layers\.1\.mlp\.(up|gate)_proj": 3},
            alpha_pattern={r"^model\.layers\.0\.self_attn\.v_proj": 9, "down_proj": 2},
        ),
    ),
    "phi3": decoder("Phi3", {}, dict(r=2, target_modules=["qkv_proj", "gate_up_proj", "o_proj"]), labels=2),
    "bert": encoder(
        "Bert",
        dict(r=2, target_modules=["query", "value"], bias="all", lora_bias=True, modules_to_save=["pooler"]),
        labels=2,
    ),
    "llama-embeddings": decoder("Llama", {}, dict(r=2, target_modules=["embed_tokens", "k_proj"])),
    "llama-bfloat16": decoder(
        "Llama",
        {},
        dict(
            r=4,
            target_modules=["q_proj", "o_proj"],
            layers_to_transform=[1],
            layers_pattern="layers",
            modules_to_save=["norm"],
        ),
        dtype=torch.bfloat16,
    ),
    "llama-float16-resized": decoder(
        "Llama", {}, dict(r=2, target_modules=["gate_proj", "up_proj"]), dtype=torch.float16, vocabulary=50
    ),
    "llama-pickled": decoder(
        "Llama",
        {},
        dict(r=2, target_modules=["q_proj"], exclude_modules=["layers.0.self_attn.q_proj"]),
        pickled=True,
    ),
    "llama-old-names": decoder(
        "Llama",
        {},
        dict(r=2, target_modules=["v_proj"]),
        rename=("model.score.weight", "model.score.modules_to_save.default.weight"),
    ),
    "roberta": encoder(
        "Roberta",
        dict(r=2, target_modules=["query", "key", "dense"], bias="lora_only"),
        base="ForMaskedLM",
        config=dict(pad_token_id=1, max_position_embeddings=44),
        labels=3,
    ),
    "mistral-classifier": dataclasses.replace(
        decoder("Mistral", {"num_labels": 1}, dict(target_modules=r"model\.layers\.\d+\.self_attn\.(q|k)_proj")),
        base=transformers.MistralForSequenceClassification,
    ),
    "gpt-neox": Case(
        transformers.GPTNeoXForCausalLM,
        transformers.GPTNeoXForSequenceClassification,
        transformers.GPTNeoXConfig(**({k: v for k, v in DECODER.items() if k != "num_key_value_heads"})),
        LoraConfig(task_type="SEQ_CLS", r=2, target_modules=["query_key_value", "dense_4h_to_h"]),
    ),
    "qwen3-untyped": dataclasses.replace(
        decoder("Qwen3", {"head_dim": 4, "num_labels": 1}, {}),
        lora=LoraConfig(r=2, target_modules="all-linear", init_lora_weights="gaussian"),
        base=transformers.Qwen3ForSequenceClassification,
    ),
    "qwen2-tokens": dataclasses.replace(
        decoder("Qwen2", {}, {}, labels=2),
        kind=transformers.Qwen2ForTokenClassification,
        lora=LoraConfig(task_type="TOKEN_CLS", r=2, target_modules=["q_proj", "up_proj"]),
    ),
    "deberta-v3": encoder(
        "DebertaV2",
        dict(r=2, target_modules=["query_proj", "key_proj", "value_proj", "word_embeddings"], modules_to_save=["pooler"]),
        config=dict(
            relative_attention=True,
            pos_att_type=["c2p", "p2c"],
            position_buckets=8,
            max_relative_positions=16,
            norm_rel_ebd="layer_norm",
            share_att_key=True,
            position_biased_input=False,
            type_vocab_size=0,
        ),
    ),
}


def draw(case, name, folder):
    """The base as it is stored, and the adapted model with random weights in all that is trained."""
    model = case.base(case.config)
    randomise(model, zlib.crc32(name.encode()))
    model.to(case.dtype).save_pretrained(folder / "base")
    trained = load_base(case, folder)
    if case.vocabulary:
        trained.resize_token_embeddings(case.vocabulary, mean_resizing=False)
    adapted = get_peft_model(trained, case.lora)
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()) + 1)
    for parameter in adapted.parameters():
        if parameter.requires_grad:
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.data += 0.4 * noise
    if case.vocabulary:
        table = trained.get_input_embeddings().weight
        table.data += 0.1 * torch.randn(table.shape, generator=generator)
    return adapted


def load_base(case, folder):
    return case.kind.from_pretrained(folder / "base", num_labels=case.labels, dtype=torch.float32).eval()


def load_adapted(case, folder):
    base = load_base(case, folder)
    if case.vocabulary:
        base.resize_token_embeddings(case.vocabulary)
    return PeftModel.from_pretrained(base, folder / "adapter").eval()


def logits(model, ids):
    with torch.no_grad():
        found = model(input_ids=torch.tensor([ids])).logits[0].double()
    return (found if found.dim() == 1 else found[-1]).tolist()


def strip(folder):
    """Leaves out what neither reads: descriptions, and a path of the machine that made it."""
    (folder / "adapter" / "README.md").unlink()
    (folder / "base" / "generation_config.json").unlink(missing_ok=True)
    file = folder / "adapter" / "adapter_config.json"
    config = json.loads(file.read_text())
    config["base_model_name_or_path"] = None
    for name in ("target_modules", "exclude_modules", "modules_to_save"):
        if isinstance(config[name], list):
            config[name] = sorted(set(config[name]))  # sets have no order
    file.write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")


def respell(case, folder):
    from safetensors.torch import save_file

    file = folder / "adapter" / "adapter_model.safetensors"
    tensors = load_file(file)
    old, new = case.rename
    renamed = {name.replace(old, new): value for name, value in tensors.items()}
    assert set(renamed) != set(tensors), case
    save_file(renamed, file, {"format": "pt"})


def make(name):
    case, folder = CASES[name], FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    draw(case, name, folder).save_pretrained(folder / "adapter", safe_serialization=not case.pickled)
    model = load_adapted(case, folder)
    sequences = IDS + ([[case.vocabulary - 1, 5, case.vocabulary - 3, 9]] if case.vocabulary else [])
    answers = [logits(model, ids) for ids in sequences]
    golden = {
        "made_by": {
            "peft": peft.__version__,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "sequences": [{"ids": ids, "logits": each} for ids, each in zip(sequences, answers)],
    }
    check(case, folder, sequences, answers)
    strip(folder)
    if case.rename:
        respell(case, folder)
    (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


def check(case, folder, sequences, answers):
    """Merging gives the same; without the matrices, each answer is another."""
    merged = load_adapted(case, folder).merge_and_unload()
    bare = load_adapted(case, folder)
    for name, parameter in bare.named_parameters():
        if ".lora_" in name:
            parameter.data.zero_()
    for ids, expected in zip(sequences, answers):
        for found, other, wanted in zip(logits(merged, ids), logits(bare, ids), expected):
            assert abs(found - wanted) < 1e-4, (case, found, wanted)
            assert len(ids) == 1 or abs(other - wanted) > 1e-3, (case, other, wanted)  # one token attends to itself


def main(names):
    for name in names or CASES:
        if names or not (FOLDER / name).exists():
            make(name)


if __name__ == "__main__":
    main(sys.argv[1:])
