"""Decoders with a linear head, which transformers reads itself."""

from transformers import (
    Gemma2ForSequenceClassification,
    LlamaForSequenceClassification,
    MistralForSequenceClassification,
    Qwen3ForSequenceClassification,
)

from hub.model import HubModel, chats, plain
from hub.vocabularies import MISTRAL_TEMPLATE, gemma, llama2, llama3, qwen

ONE_LABEL = {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}
SIZES = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2}
LLAMA3_ROPE = {
    "factor": 8.0,
    "high_freq_factor": 4.0,
    "low_freq_factor": 1.0,
    "original_max_position_embeddings": 8192,
    "rope_type": "llama3",
}
THINK = ["<tool_response>", "</tool_response>", "<think>", "</think>"]


def vocabulary(tokenizer, more=0):
    """Rows of the embedding: models have a few more than their tokenizer names."""
    return tokenizer()[0].get_vocab_size() + more


def qwen3():
    return qwen("qwen3", plain_more=THINK)


def llama31():
    return llama3("llama3_1", pad_token="<|finetune_right_pad_id|>")


def llama32():
    return llama3("llama3_2", pad_token="<|eot_id|>")


def mistral():
    return llama2(["[PAD]"], chat_template=MISTRAL_TEMPLATE, pad_token="[PAD]")


QWEN3 = {
    "architectures": ["Qwen3ForSequenceClassification"],
    "attention_bias": False,
    "attention_dropout": 0.0,
    "bos_token_id": 420,
    "eos_token_id": 422,
    "head_dim": 16,
    "hidden_act": "silu",
    **SIZES,
    **ONE_LABEL,
    "initializer_range": 0.02,
    "max_position_embeddings": 40960,
    "max_window_layers": 28,
    "model_type": "qwen3",
    "pad_token_id": 420,
    "rms_norm_eps": 1e-06,
    "rope_scaling": None,
    "rope_theta": 1000000,
    "sliding_window": None,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
    "transformers_version": "4.52.4",
    "use_cache": False,
    "use_sliding_window": False,
    "vocab_size": vocabulary(qwen3, 11),
}
LLAMA31 = {
    "architectures": ["LlamaForSequenceClassification"],
    "attention_bias": False,
    "attention_dropout": 0.0,
    "bos_token_id": 400,
    "eos_token_id": 409,
    "head_dim": 8,
    "hidden_act": "silu",
    **SIZES,
    **ONE_LABEL,
    "initializer_range": 0.02,
    "max_position_embeddings": 131072,
    "mlp_bias": False,
    "model_type": "llama",
    "pad_token_id": 404,
    "pretraining_tp": 1,
    "rms_norm_eps": 1e-05,
    "rope_scaling": LLAMA3_ROPE,
    "rope_theta": 500000.0,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "transformers_version": "4.52.4",
    "use_cache": False,
    "vocab_size": vocabulary(llama31),
}
GEMMA2 = {
    "architectures": ["Gemma2ForSequenceClassification"],
    "attention_bias": False,
    "attention_dropout": 0.0,
    "attn_logit_softcapping": 50.0,
    "bos_token_id": 2,
    "cache_implementation": "hybrid",
    "eos_token_id": 1,
    "final_logit_softcapping": 30.0,
    "head_dim": 16,
    "hidden_act": "gelu_pytorch_tanh",
    "hidden_activation": "gelu_pytorch_tanh",
    **SIZES,
    **ONE_LABEL,
    "initializer_range": 0.02,
    "max_position_embeddings": 8192,
    "model_type": "gemma2",
    "pad_token_id": 0,
    "query_pre_attn_scalar": 144,
    "rms_norm_eps": 1e-06,
    "rope_theta": 10000.0,
    "sliding_window": 16,
    "sliding_window_size": 4096,
    "torch_dtype": "bfloat16",
    "transformers_version": "4.45.2",
    "use_cache": True,
    "vocab_size": vocabulary(gemma),
}
MISTRAL = {
    "_name_or_path": "mistralai/Mistral-7B-Instruct-v0.2",
    "architectures": ["MistralForSequenceClassification"],
    "attention_dropout": 0.0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_act": "silu",
    **SIZES,
    **ONE_LABEL,
    "initializer_range": 0.02,
    "max_position_embeddings": 32768,
    "model_type": "mistral",
    "pad_token_id": vocabulary(mistral) - 1,
    "rms_norm_eps": 1e-05,
    "rope_theta": 10000.0,
    "sliding_window": 24,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "transformers_version": "4.38.2",
    "use_cache": False,
    "vocab_size": vocabulary(mistral),
}

WHOLE = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]
MODELS = [
    HubModel(
        "Skywork-Reward-V2-Qwen3-0.6B",
        Qwen3ForSequenceClassification,
        QWEN3,
        qwen3,
        ["chat_template.jinja", *WHOLE, "added_tokens.json", "vocab.json", "merges.txt"],
        [*chats(), *plain()],
    ),
    HubModel(
        "Skywork-Reward-V2-Llama-3.1-8B",
        LlamaForSequenceClassification,
        LLAMA31,
        llama31,
        WHOLE,
        [*chats(), *plain()],
        weights=4,
    ),
    HubModel(
        "Skywork-Reward-Gemma-2-27B-v0.2",
        Gemma2ForSequenceClassification,
        GEMMA2,
        gemma,
        [*WHOLE, "tokenizer.model"],
        [*chats(), *plain()],
        weights=12,
        norm_centre=0.0,
    ),
    HubModel(
        "RM-Mistral-7B",
        MistralForSequenceClassification,
        MISTRAL,
        mistral,
        [*WHOLE, "tokenizer.model"],
        [*chats(), *plain()],
        weights=3,
    ),
    HubModel(
        "GRM-Llama3.2-3B-rewardmodel-ft",
        LlamaForSequenceClassification,
        {
            **LLAMA31,
            "_name_or_path": "GRM-Llama3.2-3B-sftreg",
            "eos_token_id": [401, 408, 409],
            "pad_token_id": 409,
            "rope_scaling": {**LLAMA3_ROPE, "factor": 32.0},
            "tie_word_embeddings": True,
            "transformers_version": "4.45.1",
            "vocab_size": vocabulary(llama32),
        },
        llama32,
        WHOLE,
        [*chats(), *plain()],
        weights=2,
    ),
]
