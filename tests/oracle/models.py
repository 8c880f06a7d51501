"""Makes tests/golden/models from transformers: tiny random reward models and what they answer.

    python tests/oracle/models.py

Every folder is an ordinary Hugging Face directory; its golden.json holds, per sequence of ids, the
logits at every position and the head-averaged last-layer attention of the last position
(`output_attentions=True`, eager), computed one sequence at a time without padding. Where the folder
has a tokenizer, golden.json also holds scored texts: score, spans and shares found from transformers'
offset mapping alone.
"""

import datetime
import json
import pathlib
import random
import shutil

import numpy
import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    GPT2Config,
    GPT2ForSequenceClassification,
    LlamaConfig,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
)

FOLDER = pathlib.Path(__file__).parent.parent / "golden" / "models"
VOCABULARY = 160

LLAMA = dict(
    vocab_size=VOCABULARY,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=96,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)
GPT2 = dict(
    vocab_size=VOCABULARY,
    n_embd=16,
    n_layer=3,
    n_head=4,
    n_positions=96,
    num_labels=1,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)


def rope(**parameters):
    return {"rope_parameters": {"rope_theta": 10000.0, **parameters}}


# name: (class, config, element type, shards)
MODELS = {
    "llama": (LlamaForSequenceClassification, LlamaConfig(**LLAMA), torch.float32, 1),
    "llama-biased-sharded": (
        LlamaForSequenceClassification,
        LlamaConfig(**{**LLAMA, "num_key_value_heads": 4, "num_labels": 2}, attention_bias=True, mlp_bias=True),
        torch.float32,
        3,
    ),
    "llama-rope-llama3": (
        LlamaForSequenceClassification,
        LlamaConfig(
            **LLAMA,
            head_dim=8,
            **rope(
                rope_type="llama3",
                factor=8.0,
                low_freq_factor=1.0,
                high_freq_factor=4.0,
                original_max_position_embeddings=32,
            ),
        ),
        torch.bfloat16,
        1,
    ),
    "llama-rope-linear": (
        LlamaForSequenceClassification,
        LlamaConfig(**LLAMA, hidden_act="gelu", **rope(rope_type="linear", factor=4.0)),
        torch.float16,
        1,
    ),
    "llama-rope-dynamic": (
        LlamaForSequenceClassification,
        LlamaConfig(
            **{**LLAMA, "max_position_embeddings": 32, "num_labels": 3},
            **rope(rope_type="dynamic", factor=3.0),
        ),
        torch.float32,
        1,
    ),
    "gpt2": (GPT2ForSequenceClassification, GPT2Config(**GPT2), torch.float32, 1),
    "gpt2-scaled": (
        GPT2ForSequenceClassification,
        GPT2Config(
            **{**GPT2, "num_labels": 2},
            n_inner=40,
            activation_function="relu",
            scale_attn_by_inverse_layer_idx=True,
        ),
        torch.float16,
        2,
    ),
}

WITH_TOKENIZER = ("llama", "gpt2")
TEXTS = [
    ("The movie", " was great."),
    ("The movie ", "was great."),
    ("Terrible, ", "the end of a bad film \U0001f469\u200d\U0001f680 was caf\u00e9"),
    ("", "great"),
    ("great", ""),
]


def tokenizer():
    """A byte-level BPE with a BOS in front, trained on a few words."""
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = tokenizers.decoders.ByteLevel()
    words = ["the movie was great", "The movie was a great film", "terrible bad end of the film"]
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=sorted(set("abcdefghijklmnopqrstuvwxyzTĠ.,ðŁĳ©âĢįļĢÃ©")),
        show_progress=False,
    )
    model.train_from_iterator(words * 4, trainer)
    model.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=model, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )


def randomise(model, seed):
    """Weights large enough that attention is far from uniform and every tensor matters."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        vector = parameter.dim() == 1
        scale = 0.1 if vector else 1.5 / parameter.shape[-1] ** 0.5
        centre = 1.0 if vector and name.endswith("weight") else 0.0
        parameter.data = centre + noise * scale


def save(model, folder, dtype, shards):
    """Writes as transformers does, in the given element type and number of files."""
    model.config.save_pretrained(folder)
    tensors = {name: value.to(dtype).contiguous() for name, value in model.state_dict().items()}
    config = json.loads((folder / "config.json").read_text())
    config["architectures"] = [type(model).__name__]
    config.pop("transformers_version", None)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    if shards == 1:
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        return
    names = sorted(tensors)
    files = {}
    for shard in range(shards):
        file = f"model-{shard + 1:05d}-of-{shards:05d}.safetensors"
        part = {name: tensors[name] for name in names[shard::shards]}
        save_file(part, folder / file, {"format": "pt"})
        files.update(dict.fromkeys(part, file))
    total = sum(value.numel() * value.element_size() for value in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(files.items()))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")


def numbers(tensor):
    return [float(numpy.float32(value)) for value in tensor.flatten().tolist()]


@torch.no_grad()
def verdict(model, ids):
    """Logits at every position, and the last row of the last layer's mean attention."""
    batch = torch.tensor([ids])
    trunk = model.base_model(batch, output_attentions=True, use_cache=False)
    logits = model.score(trunk.last_hidden_state)[0]
    pooled = model(batch).logits[0]
    if 0 not in ids:  # transformers pools the last token that is not padding
        assert torch.allclose(logits[-1], pooled, atol=1e-5), (logits[-1], pooled)
    attention = trunk.attentions[-1][0].mean(0)[-1]
    return {"ids": ids, "logits": numbers(logits), "attention": numbers(attention)}


def sequences(longest):
    chance = random.Random(5)
    draw = lambda count: [chance.randrange(3, VOCABULARY) for _ in range(count)]
    prompts = [[1] + draw(19), [1] + draw(7)]
    made = [prompt + draw(length) for prompt in prompts for length in (1, 5, 12)]
    return [*made, prompts[0], [1], draw(longest), made[2][:-2] + draw(longest - len(made[2]) + 2)]


def text_cases(model, encode):
    """Score, spans and abc shares of texts, from the offset mapping alone."""
    cases = []
    for prompt, completion in TEXTS:
        encoded = encode(prompt + completion, return_offsets_mapping=True)
        ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
        start = len(prompt)
        own = [i for i, (_, end) in enumerate(offsets) if end > start]
        spans = [[max(offsets[i][0] - start, 0), offsets[i][1] - start] for i in own]
        found = verdict(model, ids)
        weights = numpy.array([found["attention"][i] for i in own], dtype=numpy.float64)
        cases.append({
            "prompt": prompt,
            "completion": completion,
            "ids": ids,
            "score": found["logits"][-1],
            "offsets": spans,
            "response_mass": float(weights.sum()),
            "credit": (weights / weights.sum()).tolist() if len(own) else [],
        })
    return cases


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    for seed, (name, (kind, config, dtype, shards)) in enumerate(MODELS.items()):
        folder = FOLDER / name
        folder.mkdir(parents=True)
        config._attn_implementation = "eager"
        model = kind(config)
        randomise(model, seed)
        save(model, folder, dtype, shards)
        loaded = kind.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
        longest = 90
        golden = {
            "made_by": {
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "tokenizers": tokenizers.__version__,
                "date": datetime.date.today().isoformat(),
            },
            "sequences": [verdict(loaded, ids) for ids in sequences(longest)],
        }
        if name in WITH_TOKENIZER:
            encode = tokenizer()
            encode.save_pretrained(folder)
            golden["texts"] = text_cases(loaded, encode)
        (folder / "golden.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
