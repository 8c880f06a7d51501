"""Makes tests/golden/policies from transformers: tiny random language models and what they say.

    python tests/oracle/policies.py            every model that has no folder yet
    python tests/oracle/policies.py NAME...    these, again where they are there already

Every folder is an ordinary Hugging Face directory. Its golden.json holds, for ragged sequences of a
prompt and a response, the log-probability of every response token at two temperatures and the
head-averaged attention of the last layer (`output_attentions=True`, eager), each sequence alone and
without padding; and for some prompts what `generate` writes greedily. Forward passes are float32.
"""

import datetime
import json
import pathlib
import random
import shutil
import sys

import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GemmaConfig,
    GemmaForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTJConfig,
    GPTJForCausalLM,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from golden_model import randomise, rope

FOLDER = pathlib.Path(__file__).parent.parent / "golden" / "policies"
VOCABULARY = 96
TEMPERATURES = (1.0, 0.7)
SPECIAL = dict(pad_token_id=0, bos_token_id=1, eos_token_id=2)

LLAMA = dict(
    vocab_size=VOCABULARY,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
    **SPECIAL,
)
LLAMA3 = dict(
    rope_type="llama3",
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=16,
)
GEMMA = {**LLAMA, "head_dim": 6}
OPT = dict(
    vocab_size=VOCABULARY,
    hidden_size=16,
    ffn_dim=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=64,
    **SPECIAL,
)
GPT_NEOX = {key: value for key, value in LLAMA.items() if key != "num_key_value_heads"}
GPTJ = dict(vocab_size=VOCABULARY, n_embd=16, n_layer=2, n_head=2, n_positions=64, rotary_dim=4, **SPECIAL)
ALTERNATING = ["sliding_attention", "full_attention"]
GPT2 = dict(vocab_size=VOCABULARY, n_embd=16, n_layer=2, n_head=4, n_positions=64, **SPECIAL)

# name: (class, config, element type)
POLICIES = {
    "llama": (LlamaForCausalLM, LlamaConfig(**LLAMA, tie_word_embeddings=False), torch.float32),
    "llama-tied-biased": (
        LlamaForCausalLM,
        LlamaConfig(**LLAMA, tie_word_embeddings=True, attention_bias=True, mlp_bias=True),
        torch.float32,
    ),
    "llama-rope-llama3": (
        LlamaForCausalLM,
        LlamaConfig(
            **{**LLAMA, "num_hidden_layers": 3}, tie_word_embeddings=True, head_dim=8, **rope(**LLAMA3)
        ),
        torch.float16,
    ),
    "gpt2": (GPT2LMHeadModel, GPT2Config(**GPT2), torch.float32),
    # Shorter than what is read at once in some sequences, and than what is written in all.
    "mistral": (MistralForCausalLM, MistralConfig(**LLAMA, sliding_window=5), torch.bfloat16),
    "qwen2": (
        Qwen2ForCausalLM,
        Qwen2Config(**LLAMA, use_sliding_window=True, sliding_window=4, max_window_layers=1),
        torch.float16,
    ),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**LLAMA, head_dim=6, tie_word_embeddings=True), torch.bfloat16),
    "gemma": (GemmaForCausalLM, GemmaConfig(**GEMMA), torch.bfloat16),
    "phi3": (
        Phi3ForCausalLM,
        Phi3Config(**LLAMA, sliding_window=6, rope_parameters={"rope_theta": 1e4, "partial_rotary_factor": 0.5}),
        torch.float16,
    ),
    "gemma2": (
        Gemma2ForCausalLM,
        Gemma2Config(**GEMMA, sliding_window=4, final_logit_softcapping=2.0, attn_logit_softcapping=3.0),
        torch.bfloat16,
    ),
    "gemma3": (
        Gemma3ForCausalLM,
        Gemma3TextConfig(**GEMMA, sliding_window=4, layer_types=ALTERNATING, final_logit_softcapping=2.0),
        torch.float16,
    ),
    "gpt-neox": (GPTNeoXForCausalLM, GPTNeoXConfig(**GPT_NEOX), torch.float16),
    "gptj": (GPTJForCausalLM, GPTJConfig(**GPTJ), torch.float16),
    "opt": (OPTForCausalLM, OPTConfig(**OPT, word_embed_proj_dim=12, do_layer_norm_before=False), torch.float16),
}
# The head that others are tied to may stand in the file a second time.
STORES_ITS_TIED_HEAD = ("llama-rope-llama3",)

# Prompt and response tokens of each sequence.
LENGTHS = [(4, 6), (1, 9), (7, 1), (3, 3), (9, 17)]


def tokenizer():
    """A byte-level BPE that puts nothing in front of a text; an emoji is four of its tokens."""
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=sorted(set("abcdefghijklmnopqrstuvwxyzTĠ.,ðŁĳ©âĢįļĢÃ©")),
        show_progress=False,
    )
    model.train_from_iterator(["the movie was great", "The end of the film, a bad one."] * 4, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=model, bos_token="<s>", eos_token="</s>", pad_token="<pad>")


def save(model, folder, dtype, name):
    """Writes as transformers does, in the given element type."""
    model.config.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config["architectures"] = [type(model).__name__]
    config.pop("transformers_version", None)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    tensors = {key: value.to(dtype).contiguous().clone() for key, value in model.state_dict().items()}
    if name == "gpt-neox":  # as save_pretrained and the Hub's files call it
        tensors["embed_out.weight"] = tensors.pop("lm_head.weight")
    if model.config.tie_word_embeddings and name not in STORES_ITS_TIED_HEAD:
        del tensors["lm_head.weight"]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})


def short(tensor):
    return [float(f"{value:.8g}") for value in tensor.tolist()]


@torch.no_grad()
def reading(model, prompt, response):
    """Log-probabilities of the response and, row by row up to the diagonal, the attention."""
    ids = prompt + response
    output = model(torch.tensor([ids]), output_attentions=True, use_cache=False)
    before = output.logits[0, len(prompt) - 1 : -1]  # [response, vocabulary]
    chosen = torch.tensor(response)[:, None]
    attention = output.attentions[-1][0].mean(0)  # [ids, ids]
    return {
        "prompt": prompt,
        "response": response,
        "log_probs": {
            f"{temperature:g}": short((before / temperature).log_softmax(-1).gather(1, chosen)[:, 0])
            for temperature in TEMPERATURES
        },
        "attention": [[float(f"{value:.6g}") for value in row[: i + 1]] for i, row in enumerate(attention.tolist())],
    }


@torch.no_grad()
def greedy(model, prompt, count):
    """What generate writes, ended or not."""
    batch = torch.tensor([prompt])
    mask = torch.ones_like(batch)  # a prompt may hold the id of padding
    written = model.generate(batch, attention_mask=mask, do_sample=False, max_new_tokens=count)
    return {"prompt": prompt, "max": count, "response": written[0, len(prompt) :].tolist()}


# Norms of these compute with 1 + weight.
NORM_CENTRES = {"gemma": 0.0, "gemma2": 0.0, "gemma3": 0.0}


def main(names):
    for seed, (name, (kind, config, dtype)) in enumerate(POLICIES.items()):
        folder = FOLDER / name
        if name not in names and (names or folder.exists()):
            continue
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        config._attn_implementation = "eager"
        model = kind(config)
        randomise(model, 20 + seed, NORM_CENTRES.get(name, 1.0))
        model.tie_weights()
        save(model, folder, dtype, name)
        tokenizer().save_pretrained(folder)
        loaded = kind.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
        chance = random.Random(seed)
        draw = lambda count: [chance.randrange(VOCABULARY) for _ in range(count)]
        sequences = [(draw(prompt), draw(response)) for prompt, response in LENGTHS]
        golden = {
            "made_by": {
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "tokenizers": tokenizers.__version__,
                "date": datetime.date.today().isoformat(),
            },
            "sequences": [reading(loaded, *sequence) for sequence in sequences],
            "greedy": [greedy(loaded, prompt, 8) for prompt, _ in sequences[:3]],
        }
        (folder / "golden.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
