"""Directories of further kinds: other files of weights, other trainers and versions, rerankers, many labels."""

import torch
from transformers import (
    AutoTokenizer,
    BertForSequenceClassification,
    GemmaForSequenceClassification,
    LlamaForSequenceClassification,
    MistralForSequenceClassification,
    Qwen2ForSequenceClassification,
    Qwen3ForSequenceClassification,
    XLMRobertaForSequenceClassification,
)

from hub.decoders import GEMMA2, LLAMA31, MISTRAL, ONE_LABEL, QWEN3, SIZES, WHOLE, llama31, mistral, qwen3, vocabulary
from hub.encoders import COUNT, DROPOUT, MINILM, labels, positions
from hub.model import PLAIN, HubModel, chats, plain
from hub.vocabularies import gemma, llama2, llama3, qwen, wordpiece, xlm_roberta

TULU_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ '<|system|>\n' + message['content'] + '\n' }}"
    "{% elif message['role'] == 'user' %}{{ '<|user|>\n' + message['content'] + '\n' }}"
    "{% elif message['role'] == 'assistant' %}{% if not loop.last %}"
    "{{ '<|assistant|>\n'  + message['content'] + eos_token + '\n' }}{% else %}"
    "{{ '<|assistant|>\n'  + message['content'] + eos_token }}{% endif %}{% endif %}"
    "{% if loop.last and add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}{% endfor %}"
)


def without(config, *names):
    return {name: value for name, value in config.items() if name not in names}


def padded():
    """A padding token behind the vocabulary."""
    return llama3("llama3", ["<|pad|>"], chat_template=TULU_TEMPLATE, eos_token="<|end_of_text|>", pad_token="<|pad|>")


def fsfairx():
    return llama3("llama3", ["[PAD]"], pad_token="[PAD]")


RERANKER = (
    '<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. '
    'Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n<Instruct>: Given a web search query, '
    "retrieve relevant passages that answer the query\n<Query>: {}\n<Document>: ",
    "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
)
QWEN25 = without(QWEN3, "head_dim", "attention_bias") | {
    "architectures": ["Qwen2ForSequenceClassification"],
    "dtype": "float32",
    "layer_types": ["full_attention"] * SIZES["num_hidden_layers"],
    "max_position_embeddings": 32768,
    "model_type": "qwen2",
    "rope_parameters": {"rope_theta": 1000000.0, "rope_type": "default"},
    "transformers_version": "5.3.0",
    "vocab_size": vocabulary(lambda: qwen("qwen2_5"), 5),
}
STARS = labels("1 star", "2 stars", "3 stars", "4 stars", "5 stars")

def open_labelled(model, folder):
    """transformers takes a missing id2label for two labels; OpenRLHF's class has one."""
    config = LlamaForSequenceClassification.config_class.from_pretrained(folder, num_labels=1)
    options = {"config": config, "dtype": torch.float32, "attn_implementation": "eager", "output_loading_info": True}
    found, info = LlamaForSequenceClassification.from_pretrained(folder, **options)
    assert not info["missing_keys"] and not info["mismatched_keys"], info
    return AutoTokenizer.from_pretrained(folder), found.eval()


MODELS = [
    HubModel(
        "Llama-3.1-8B-Instruct-RM-RB2",
        LlamaForSequenceClassification,
        LLAMA31 | {"pad_token_id": vocabulary(padded) - 1, "vocab_size": vocabulary(padded) + 7, "eos_token_id": 401},
        padded,
        WHOLE,
        [*chats(), *plain()],
        weights=-4,
    ),
    HubModel(
        "FsfairX-LLaMA3-RM-v0.1",
        LlamaForSequenceClassification,
        without(LLAMA31, "head_dim", "mlp_bias", "rope_scaling")
        | {
            "_name_or_path": "meta-llama/Meta-Llama-3-8B-Instruct",
            "max_position_embeddings": 8192,
            "pad_token_id": vocabulary(fsfairx) - 1,
            "rope_scaling": None,
            "transformers_version": "4.40.0",
            "vocab_size": vocabulary(fsfairx),
        },
        fsfairx,
        WHOLE,
        [*chats(), *plain()],
        weights=4,
    ),
    HubModel(
        "openrlhf-llama3-rm",
        LlamaForSequenceClassification,
        without(LLAMA31, "id2label", "label2id")
        | {"architectures": ["RewardModel"], "mean": 0.5, "normalize_reward": True, "std": 2.0, "value_head_prefix": "score"},
        llama31,
        WHOLE,
        [*chats(), *plain()],
        weights=4,
        drawn={"num_labels": 1},
        open=open_labelled,
    ),
    HubModel(
        "trl-reward-trainer-output",
        Qwen2ForSequenceClassification,
        without(QWEN25, "rope_scaling", "rope_theta", "torch_dtype", "max_window_layers"),
        lambda: qwen("qwen2_5", additional_special_tokens=None, extra_special_tokens=["<|im_start|>", "<|im_end|>"]),
        ["chat_template.jinja", "tokenizer.json", "tokenizer_config.json"],
        [*chats(), *plain()],
        beside=["README.md", "training_args.bin", "checkpoint-20/config.json", "checkpoint-20/trainer_state.json", "checkpoint-20/optimizer.pt"],
    ),
    HubModel(
        "llama-saved-by-4.30",
        LlamaForSequenceClassification,
        {
            "_name_or_path": "huggyllama/llama-7b",
            "architectures": ["LlamaForSequenceClassification"],
            "bos_token_id": 1,
            "eos_token_id": 2,
            "hidden_act": "silu",
            **without(SIZES, "num_key_value_heads"),
            **ONE_LABEL,
            "initializer_range": 0.02,
            "max_position_embeddings": 2048,
            "max_sequence_length": 2048,
            "model_type": "llama",
            "pad_token_id": 0,
            "rms_norm_eps": 1e-06,
            "tie_word_embeddings": False,
            "torch_dtype": "float16",
            "transformers_version": "4.30.2",
            "use_cache": True,
            "vocab_size": vocabulary(llama2),
        },
        lambda: (llama2()[0], without(llama2()[1], "added_tokens_decoder", "chat_template") | {"tokenizer_class": "LlamaTokenizer"}),
        [*WHOLE, "tokenizer.model"],
        plain(),
        weights=-2,
        stored=lambda tensors: tensors
        | {f"model.layers.{at}.self_attn.rotary_emb.inv_freq": torch.ones(4) for at in range(SIZES["num_hidden_layers"])},
    ),
    HubModel(
        "Qwen3-Reranker-0.6B-seq-cls",
        Qwen3ForSequenceClassification,
        QWEN3 | {"use_cache": True, "transformers_version": "4.51.0"},
        qwen3,
        [*WHOLE, "added_tokens.json", "vocab.json", "merges.txt"],
        [{"prompt": RERANKER[0].format(prompt), "completion": text + RERANKER[1]} for prompt, text in PLAIN],
    ),
    HubModel(
        "bge-reranker-v2-m3",
        XLMRobertaForSequenceClassification,
        {
            "_name_or_path": "BAAI/bge-m3",
            "architectures": ["XLMRobertaForSequenceClassification"],
            **DROPOUT,
            **COUNT,
            **labels("LABEL_0"),
            "bos_token_id": 0,
            "classifier_dropout": None,
            "eos_token_id": 2,
            "hidden_act": "gelu",
            "initializer_range": 0.02,
            "layer_norm_eps": 1e-05,
            "max_position_embeddings": 8194,
            "model_type": "xlm-roberta",
            "output_past": True,
            "pad_token_id": 1,
            "position_embedding_type": "absolute",
            "torch_dtype": "float32",
            "transformers_version": "4.38.1",
            "type_vocab_size": 1,
            "use_cache": True,
            "vocab_size": xlm_roberta()[0].get_vocab_size(),
        },
        xlm_roberta,
        [*WHOLE, "tokenizer.model"],
        plain(),
        pair=True,
        pooling="first",
    ),
    HubModel(
        "bert-base-multilingual-uncased-sentiment",
        BertForSequenceClassification,
        without(MINILM, "sentence_transformers", "problem_type", "classifier_dropout", "torch_dtype", "use_cache")
        | {
            "_num_labels": 5,
            "directionality": "bidi",
            "finetuning_task": "sentiment-analysis",
            **STARS,
            "output_past": True,
            "pooler_fc_size": 768,
            "pooler_num_attention_heads": 12,
            "pooler_num_fc_layers": 3,
            "pooler_size_per_head": 128,
            "pooler_type": "first_token_transform",
        },
        lambda: (wordpiece()[0], {"do_lower_case": True, "max_len": 512, "init_inputs": []}),
        ["tokenizer_config.json", "special_tokens_map.json", "vocab.txt"],
        plain(),
        weights="pytorch_model.bin",
        stored=positions("bert"),
        pooling="first",
        score=lambda logits: (logits * torch.arange(1, 6)).sum(),
        flags=["--no-pair", "--score=1 star=1,2 stars=2,3 stars=3,4 stars=4,5 stars=5"],
    ),
    HubModel(
        "RM-Gemma-2B",
        GemmaForSequenceClassification,
        without(GEMMA2, "attn_logit_softcapping", "final_logit_softcapping", "cache_implementation", "query_pre_attn_scalar", "sliding_window", "sliding_window_size", "hidden_activation")
        | {
            "_name_or_path": "google/gemma-2b-it",
            "architectures": ["GemmaForSequenceClassification"],
            "hidden_act": "gelu",
            "model_type": "gemma",
            "num_key_value_heads": 1,
            "rope_scaling": None,
            "transformers_version": "4.38.1",
            "use_cache": False,
        },
        gemma,
        [*WHOLE, "tokenizer.model"],
        [*chats(), *plain()],
        weights=2,
        norm_centre=0.0,
    ),
    HubModel(
        "Mistral-RM-without-window",
        MistralForSequenceClassification,
        MISTRAL | {"sliding_window": None, "rope_theta": 1000000.0, "transformers_version": "4.41.2", "head_dim": 8},
        mistral,
        [*WHOLE, "tokenizer.model"],
        [*chats(), *plain()],
        weights=3,
    ),
]

