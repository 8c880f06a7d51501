"""The cases of tokenizer_files.py: which files stand beside which tokenizer.json.

One switch a case, and those combinations in which one switch decides about another.
"""

CHAT = (
    "{{ bos_token }}{% for m in messages %}<|user|>{{ m.role }}\n{{ m.content }}<|eot|>{{ eos_token }}"
    "{% endfor %}{{ image_token }}{{ sep_token }}"
)


def token(content: str, **flags) -> dict:
    plain = {"lstrip": False, "rstrip": False, "single_word": False, "normalized": False, "special": True}
    return {"content": content, **plain, **flags}


def written(content: str, **flags) -> dict:
    """A token as an object in tokenizer_config.json."""
    return {"__type": "AddedToken", **token(content, **flags)}


def case(
    name: str, base: str, config=None, *, family=None, map=None, added=None, vocabulary=None, others=None, **tokenizer
) -> dict:
    files = {"config.json": {"model_type": family or "llama", "transformers_version": "4.57.0"}}
    if config is not None:
        files["tokenizer_config.json"] = {"chat_template": CHAT, **config}
    if map is not None:
        files["special_tokens_map.json"] = map
    if added is not None:
        files["added_tokens.json"] = added
    filler = tokenizer.pop("filler", 0)
    found = {"name": name, "base": base, "files": files | (others or {})}
    if vocabulary is not None:
        found["vocabulary"] = vocabulary
    return found | ({"tokenizer": tokenizer} if tokenizer else {}) | ({"filler": filler} if filler else {})


FAST = {"tokenizer_class": "PreTrainedTokenizerFast"}
BYTE = {**FAST, "bos_token": "<|endoftext|>", "eos_token": "<|eot|>"}
NAMES = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
LLAMA = {"tokenizer_class": "LlamaTokenizerFast", **NAMES}
GPT2 = {"tokenizer_class": "GPT2Tokenizer"}
NEOX = {"tokenizer_class": "GPTNeoXTokenizerFast"}
BERT = {"tokenizer_class": "BertTokenizerFast"}
DEBERTA = {"tokenizer_class": "DebertaV2TokenizerFast"}
QWEN = {"tokenizer_class": "Qwen2Tokenizer"}
GEMMA = {"tokenizer_class": "GemmaTokenizerFast", **NAMES, "pad_token": "<unk>"}
ROBERTA = {"tokenizer_class": "RobertaTokenizerFast"}
CAMEMBERT = {"tokenizer_class": "CamembertTokenizerFast"}
XLMR = {"tokenizer_class": "XLMRobertaTokenizerFast"}
CHAT_TOKENS = {
    "449": token("<|im_start|>"),
    "450": token("<|im_end|>"),
    "451": token("<|system|>"),
    "452": token("<|user|>", rstrip=True),
    "453": token("<|assistant|>"),
    "454": token("<|eot|>", special=False),
}
CLOSED = {
    "type": "TemplateProcessing",
    "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<|eot|>", "type_id": 0}}],
    "pair": [
        {"Sequence": {"id": "A", "type_id": 0}},
        {"Sequence": {"id": "B", "type_id": 1}},
        {"SpecialToken": {"id": "<|eot|>", "type_id": 1}},
    ],
    "special_tokens": {"<|eot|>": {"id": "<|eot|>", "ids": [426], "tokens": ["<|eot|>"]}},
}
PADDED = {
    "strategy": "BatchLongest",
    "direction": "Right",
    "pad_to_multiple_of": None,
    "pad_id": 420,
    "pad_type_id": 0,
    "pad_token": "<|endoftext|>",
}

GENERAL = [
    case("nothing but tokenizer.json", "byte"),
    case("the config of the general class", "byte", BYTE),
    case("split_special_tokens", "byte", {**BYTE, "split_special_tokens": True}),
    case("split_special_tokens of Llama's tokens", "llama", {**FAST, **NAMES, "split_special_tokens": True}),
    case("split_special_tokens of pieces", "unigram", {**FAST, "eos_token": "</s>", "split_special_tokens": True}),
    case("split_special_tokens of words", "wordpiece", {**FAST, "cls_token": "[CLS]", "split_special_tokens": True}),
    case("split_special_tokens beside plain added tokens", "byte", {
        **BYTE,
        "split_special_tokens": True,
        "added_tokens_decoder": {"427": token("<image>", special=False), "428": token("<extra>")},
    }),
    case("split_special_tokens around a plain added token", "byte", {
        **BYTE,
        "split_special_tokens": True,
        "added_tokens_decoder": {"427": token("user", special=False, normalized=True)},
    }),
    case("split_special_tokens inside a control token", "byte", {
        **BYTE,
        "split_special_tokens": True,
        "added_tokens_decoder": {"427": token("user", special=False)},
    }),
    case("add_prefix_space", "byte", {**BYTE, "add_prefix_space": True}),
    case("add_prefix_space off", "trimmed", {**FAST, "add_prefix_space": False}),
    case("add_bos_token and add_eos_token", "byte", {**BYTE, "add_bos_token": True, "add_eos_token": True}),
    case("add_eos_token without a post-processor", "byte", {**BYTE, "add_eos_token": True}, post_processor=None),
    case("a post-processor of its own", "byte", BYTE, post_processor=CLOSED),
    case("do_lower_case", "byte", {**BYTE, "do_lower_case": True, "strip_accents": True}),
    case("clean_up_tokenization_spaces", "byte", {**BYTE, "clean_up_tokenization_spaces": True}),
    case("model_max_length", "byte", {**BYTE, "model_max_length": 2, "truncation_side": "left", "padding_side": "left"}),
    case("model_input_names with types", "byte", {
        **BYTE, "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
    }),
    case("model_input_names without types", "wordpiece", {
        **BERT, "model_input_names": ["input_ids", "attention_mask"],
    }, family="bert"),
    case("an unknown field", "byte", {**BYTE, "hidden_meaning": True, "errors": "replace"}),
    case("a token in the config only", "byte", {**BYTE, "sep_token": "<extra>"}),
    case("a token of the vocabulary that is nowhere added", "byte", {**BYTE, "pad_token": "the"}),
    case("an empty token", "byte", {**BYTE, "bos_token": ""}),
    case("a null token", "byte", {**BYTE, "bos_token": None}),
    case("a token as an object", "byte", {**BYTE, "sep_token": written("<extra>", rstrip=True)}),
    case("a token as an object without its type", "byte", {**BYTE, "sep_token": token("<extra>")}),
    case("a token as an object of a known token", "byte", {**BYTE, "eos_token": written("<|eot|>", lstrip=True)}),
    case("a token that is a number", "byte", {**BYTE, "sep_token": 5}),
    case("a named extra token", "byte", {**BYTE, "image_token": "<image>"}),
    case("a named extra token as an object", "byte", {**BYTE, "image_token": written("<image>", lstrip=True)}),
    case("a named extra token as an object without its type", "byte", {**BYTE, "image_token": token("<image>")}),
    case("a named extra token that is a switch", "byte", {**BYTE, "image_token": True}),
    case("extra_special_tokens as a list", "byte", {**BYTE, "extra_special_tokens": ["<image>", "<extra>"]}),
    case("extra_special_tokens as a dict", "byte", {**BYTE, "extra_special_tokens": {"image_token": "<image>"}}),
    case("extra_special_tokens as a dict beside a named one", "byte", {
        **BYTE, "extra_special_tokens": {"image_token": "<image>"}, "audio_token": "<extra>",
    }),
    case("extra_special_tokens as objects", "byte", {
        **BYTE, "extra_special_tokens": [written("<image>", normalized=True), written("<extra>", rstrip=True)],
    }),
    case("extra_special_tokens as objects without their types", "byte", {
        **BYTE, "extra_special_tokens": [token("<image>")],
    }),
    case("extra_special_tokens as a text", "byte", {**BYTE, "extra_special_tokens": "<image>"}),
    case("additional_special_tokens", "byte", {**BYTE, "additional_special_tokens": ["<image>", "the"]}),
    case("additional_special_tokens beside extra ones", "byte", {
        **BYTE, "additional_special_tokens": ["<image>"], "extra_special_tokens": ["<extra>"],
    }),
    case("additional_special_tokens beside none", "byte", {
        **BYTE, "additional_special_tokens": ["<image>"], "extra_special_tokens": [],
    }),
    case("additional_special_tokens that are null", "byte", {**BYTE, "additional_special_tokens": None}),
    case("model_specific_special_tokens", "byte", {**BYTE, "model_specific_special_tokens": {"image_token": "<image>"}}),
    case("model_specific_special_tokens beside a named one", "byte", {
        **BYTE, "model_specific_special_tokens": {"image_token": "<image>"}, "audio_token": "<extra>",
    }),
    case("added_tokens_decoder", "byte", {
        **BYTE, "added_tokens_decoder": {"427": token("<image>"), "428": token("<extra>", special=False)},
    }),
    case("added_tokens_decoder with flags of its own", "byte", {
        **BYTE, "added_tokens_decoder": {"424": token("<|user|>", rstrip=True), "426": token("<|eot|>", special=False)},
    }),
    case("added_tokens_decoder out of order with a gap", "byte", {
        **BYTE, "added_tokens_decoder": {"500": token("<image>"), "430": token("<extra>")},
    }),
    case("added_tokens_decoder of tokens that are not special but named", "byte", {
        **BYTE, "split_special_tokens": True, "image_token": "<image>",
        "added_tokens_decoder": {"427": token("<image>", special=False)},
    }),
    case("added_tokens_decoder with a word", "byte", {
        **BYTE, "added_tokens_decoder": {"427": token("end", special=False, single_word=True, normalized=True)},
    }),
    case("added_tokens_decoder with few flags", "folded", {
        **FAST, "added_tokens_decoder": {"427": {"content": "End"}, "428": {"content": "Film", "special": True}},
    }),
    case("added_tokens.json", "byte", BYTE, added={"<image>": 427, "<|eot|>": 426}),
    case("added_tokens.json beside added_tokens_decoder", "byte", {**BYTE, "added_tokens_decoder": {}}, added={"<image>": 427}),
    case("added_tokens.json with a special token", "byte", {**BYTE, "sep_token": "<extra>"}, added={"<extra>": 428, "<image>": 427}),
    case("added_tokens.json with a special token that is an object", "byte", {
        **BYTE, "sep_token": written("<extra>", normalized=True), "extra_special_tokens": [written("<image>")],
    }, added={"<extra>": 428, "<image>": 427}),
    case("added_tokens_decoder of named tokens with few flags", "folded", {
        **FAST, "bos_token": "End", "added_tokens_decoder": {"427": {"content": "End"}},
    }),
    case("special_tokens_map.json", "byte", BYTE, map={"bos_token": "<|im_start|>", "image_token": "<image>"}),
    case("special_tokens_map.json with objects", "byte", BYTE, map={"sep_token": token("<extra>", lstrip=True)}),
    case("special_tokens_map.json with few flags", "byte", BYTE, map={"image_token": {"content": "<image>"}}),
    case("special_tokens_map.json beside added_tokens_decoder", "byte", {**BYTE, "added_tokens_decoder": {}}, map={"bos_token": "<image>"}),
    case("special_tokens_map.json with additional tokens", "byte", BYTE, map={"additional_special_tokens": ["<image>"]}),
    case("special_tokens_map.json with additional tokens beside extra ones", "byte", {
        **BYTE, "extra_special_tokens": ["<extra>"],
    }, map={"additional_special_tokens": ["<image>"]}),
    case("special_tokens_map.json with additional tokens as objects", "byte", BYTE, map={
        "additional_special_tokens": [token("<image>")],
    }),
    case("special_tokens_map.json with extra tokens", "byte", {**BYTE, "extra_special_tokens": ["<extra>"]}, map={
        "extra_special_tokens": [token("<image>", rstrip=True), "<extra>"],
    }),
    case("special_tokens_map.json with extra tokens of few flags", "byte", {**BYTE, "extra_special_tokens": ["<extra>"]}, map={
        "extra_special_tokens": [{"content": "<image>", "rstrip": True}, "<extra>"],
    }),
    case("special_tokens_map.json with named extra tokens", "byte", BYTE, map={
        "extra_special_tokens": {"image_token": "<image>"},
    }),
    case("special_tokens_map.json without a config", "byte", map={"eos_token": "<|eot|>"}),
    case("padding names the pad token", "byte", BYTE, padding=PADDED),
    case("padding beside a pad token that is null", "byte", {**BYTE, "pad_token": None}, padding=PADDED),
    case("chat_control_tokens", "byte", {
        **BYTE,
        "chat_control_tokens": ["<image>"],
        "added_tokens_decoder": {"426": token("<|eot|>"), "427": token("<image>", special=False)},
    }),
    case("control tokens that the template contains", "byte", {
        **BYTE,
        "chat_template": "<image>" + CHAT,
        "added_tokens_decoder": {"427": token("<image>", special=False), "428": token("[SEP]", special=False)},
    }),
    case("fast_tokenizer_files without one for this version", "byte", {**BYTE, "fast_tokenizer_files": ["tokenizer.json"]}),
    case("a model that drops merges by chance", "byte", BYTE, model={"dropout": 1.0}),
    case("the general class of another family", "byte", BYTE, family="gpt2"),
    case("auto_map", "byte", {**BYTE, "auto_map": {"AutoTokenizer": ["own.Tokenizer", None]}}),
    case("auto_map of a family whose own code is passed over", "byte", {
        **BYTE,
        "tokenizer_class": "InternLM2Tokenizer",
        "add_bos_token": True,
        "auto_map": {"AutoTokenizer": ["own.InternLM2Tokenizer", "own.InternLM2TokenizerFast"]},
    }, family="internlm2"),
    case("auto_map of something else", "byte", {**BYTE, "auto_map": {"AutoProcessor": "own.Processor"}}),
    case("init_inputs", "byte", {**BYTE, "init_inputs": []}),
    case("tokenizer_class that nobody knows", "byte", {**BYTE, "tokenizer_class": "RewardTokenizer"}),
    case("tokenizer_class PreTrainedTokenizer", "byte", {**BYTE, "tokenizer_class": "PreTrainedTokenizer"}),
    case("fix_mistral_regex", "byte", {**BYTE, "fix_mistral_regex": True}, family="mistral", filler=100_000),
    case("fix_mistral_regex of a small vocabulary", "byte", {**BYTE, "fix_mistral_regex": True}, family="mistral"),
    case("fix_mistral_regex off", "byte", {**BYTE, "fix_mistral_regex": False}, family="mistral", filler=100_000),
    case("fix_mistral_regex of another family", "byte", {**BYTE, "fix_mistral_regex": True}, filler=100_000),
    case("fix_mistral_regex of spaces written as signs", "metaspace", {**FAST, **NAMES, "fix_mistral_regex": True}, family="mistral", filler=100_000),
]

CLASSES = [
    case("LlamaTokenizer", "llama", LLAMA),
    case("LlamaTokenizer with its chat tokens", "llama", {**LLAMA, "added_tokens_decoder": CHAT_TOKENS}),
    case("LlamaTokenizer legacy", "llama", {**LLAMA, "legacy": True}),
    case("LlamaTokenizer legacy null", "llama", {**LLAMA, "legacy": None}),
    case("LlamaTokenizer without prefix space", "llama", {**LLAMA, "add_prefix_space": False}),
    case("LlamaTokenizer with prefix space null", "llama", {**LLAMA, "add_prefix_space": None}),
    case("LlamaTokenizer with add_eos_token", "llama", {**LLAMA, "add_bos_token": False, "add_eos_token": True}),
    case("LlamaTokenizer without a post-processor", "llama", LLAMA, post_processor=None),
    case("LlamaTokenizer without names", "llama", {"tokenizer_class": "LlamaTokenizer"}),
    case("LlamaTokenizer split", "llama", {**LLAMA, "split_special_tokens": True}),
    case("LlamaTokenizer of Mistral", "llama", LLAMA, family="mistral"),
    case("LlamaTokenizer that is byte-level", "byte", {**LLAMA, "unk_token": None, **BYTE, "tokenizer_class": "LlamaTokenizer"}),
    case("LlamaTokenizer of pieces", "unigram", LLAMA),
    case("GPT2Tokenizer", "byte", GPT2, family="gpt2"),
    case("GPT2Tokenizer by the family", "byte", {}, family="gpt2"),
    case("GPT2Tokenizer without a config", "byte", family="gpt2"),
    case("GPT2Tokenizer with prefix space", "byte", {**GPT2, "add_prefix_space": True}, family="gpt2"),
    case("GPT2Tokenizer with prefix space null", "byte", {**GPT2, "add_prefix_space": None}, family="gpt2"),
    case("GPT2Tokenizer with add_bos_token", "byte", {**GPT2, "add_bos_token": True}, family="gpt2"),
    case("GPT2Tokenizer of a folded vocabulary", "folded", GPT2, family="gpt2"),
    case("GPT2Tokenizer closed", "byte", GPT2, family="gpt2", post_processor=CLOSED),
    case("GPT2Tokenizer of Llama", "byte", GPT2),
    case("GPT2Tokenizer loses what the decoder leaves out", "byte", {
        **GPT2, "added_tokens_decoder": {"420": token("<|endoftext|>")},
    }, family="gpt2"),
    case("GPTNeoXTokenizer", "byte", NEOX, family="gpt_neox"),
    case("GPTNeoXTokenizer closed", "byte", {**NEOX, "add_eos_token": True}, family="gpt_neox", post_processor=CLOSED),
    case("GPTNeoXTokenizer with prefix space", "byte", {**NEOX, "add_prefix_space": True}, family="gpt_neox"),
    case("GPTNeoXTokenizer by the family", "byte", family="gpt_neox"),
    case("BertTokenizer", "wordpiece", BERT, family="bert"),
    case("BertTokenizer cased", "wordpiece", {**BERT, "do_lower_case": False}, family="bert"),
    case("BertTokenizer with accents", "wordpiece", {**BERT, "strip_accents": False}, family="bert"),
    case("BertTokenizer with Chinese words", "wordpiece", {**BERT, "tokenize_chinese_chars": False}, family="bert"),
    case("BertTokenizer with other names", "wordpiece", {
        **BERT, "cls_token": "[MASK]", "sep_token": "[PAD]", "unk_token": "the",
    }, family="bert"),
    case("BertTokenizer by the family", "wordpiece", family="bert"),
    case("BertTokenizer split", "wordpiece", {**BERT, "split_special_tokens": True}, family="bert"),
    case("BertTokenizer of the general class", "wordpiece", FAST, family="bert"),
    case("DistilBertTokenizer", "wordpiece", {"tokenizer_class": "DistilBertTokenizer"}, family="bert"),
    case("DebertaV2Tokenizer", "unigram", DEBERTA, family="deberta-v2"),
    case("DebertaV2Tokenizer lower-cased", "unigram", {**DEBERTA, "do_lower_case": True}, family="deberta-v2"),
    case("DebertaV2Tokenizer by punctuation", "unigram", {**DEBERTA, "split_by_punct": True}, family="deberta-v2"),
    case("DebertaV2Tokenizer without prefix space", "unigram", {**DEBERTA, "add_prefix_space": False}, family="deberta-v2"),
    case("DebertaV2Tokenizer with another unknown", "unigram", {**DEBERTA, "unk_token": "<unk>"}, family="deberta-v2"),
    case("DebertaV2Tokenizer with unk_id", "unigram", {**DEBERTA, "unk_id": 0}, family="deberta-v2"),
    case("DebertaV2Tokenizer by the family", "unigram", family="deberta-v2"),
    case("Qwen2Tokenizer", "byte", QWEN),
    case("Qwen2Tokenizer with flags of its own", "byte", {
        **QWEN, "eos_token": "<|im_end|>", "added_tokens_decoder": {"422": token("<|im_end|>", lstrip=True)},
    }),
    case("GemmaTokenizer", "llama", GEMMA, family="gemma2"),
    case("GemmaTokenizer by the family", "llama", family="gemma2"),
    case("RobertaTokenizer", "trimmed", ROBERTA),
    case("RobertaTokenizer with prefix space", "trimmed", {**ROBERTA, "add_prefix_space": True, "trim_offsets": False}),
    case("XLMRobertaTokenizer", "unigram", XLMR),
    case("XLMRobertaTokenizer without prefix space", "unigram", {**XLMR, "add_prefix_space": False}),
    case("Qwen2Tokenizer of Qwen 2, whatever the files say", "byte", BYTE, family="qwen2"),
    case("Qwen2Tokenizer of Qwen 2, even of Llama", "byte", LLAMA, family="qwen2"),
    case("the general class of Qwen 3", "byte", BYTE, family="qwen3"),
    case("Qwen2Tokenizer of Qwen 3 by the family", "byte", family="qwen3"),
    case("the general class of Phi 3, whatever the files say", "llama", LLAMA, family="phi3"),
    case("the general class of Phi 3 by the family", "llama", {}, family="phi3"),
    case("GPT2Tokenizer of OPT with add_bos_token", "byte", {**GPT2, "add_bos_token": True, "bos_token": "<|eot|>"}, family="opt"),
    case("GPT2Tokenizer of GPT-J by the family", "byte", family="gptj"),
    case("GemmaTokenizer of Gemma 3 by the family", "llama", family="gemma3_text"),
    case("RobertaTokenizer with an empty token", "trimmed", {**ROBERTA, "sep_token": ""}),
    case("RobertaTokenizer without a token", "trimmed", {**ROBERTA, "sep_token": None}),
    case("BertTokenizer without a token", "wordpiece", {**BERT, "sep_token": None}, family="bert"),
    case("BertTokenizer with a token of two words", "wordpiece", {**BERT, "sep_token": "the film"}, family="bert"),
    case("RobertaTokenizer by the family", "trimmed", family="roberta"),
    case("XLMRobertaTokenizer by the family", "unigram", family="xlm-roberta"),
    case("CamembertTokenizer", "unigram", CAMEMBERT, family="camembert"),
    case("CamembertTokenizer by the family", "unigram", family="camembert"),
    case("CamembertTokenizer without prefix space", "unigram", {**CAMEMBERT, "add_prefix_space": False}, family="camembert"),
    case("CamembertTokenizer with extra tokens", "unigram", {
        **CAMEMBERT, "additional_special_tokens": ["<image>"], "mask_token": "<extra>",
    }, family="camembert"),
    case("CamembertTokenizer with a mask as an object", "unigram", {
        **CAMEMBERT, "mask_token": written("<mask>", rstrip=True), "unk_token": "the",
    }, family="camembert"),
    case("CohereTokenizer", "byte", {"tokenizer_class": "CohereTokenizerFast"}),
    case("BertTokenizer of a byte-level vocabulary", "byte", BERT, family="bert"),
]

BYTES = {"vocabulary": "vocab.json"}
WORDS = {"vocabulary": "vocab.txt"}
AROUND = {"add_bos_token": True, "add_eos_token": True}

# Without tokenizer.json: vocab.json with merges.txt, or vocab.txt.
VOCABULARIES = [
    case("GPT2Tokenizer of a vocabulary", "byte", GPT2, family="gpt2", **BYTES),
    case("GPT2Tokenizer of a vocabulary by the family", "byte", family="gpt2", **BYTES),
    case("GPT2Tokenizer of a vocabulary with prefix space", "byte", {**GPT2, "add_prefix_space": True}, family="gpt2", **BYTES),
    case("GPT2Tokenizer of a vocabulary with bos", "byte", {**GPT2, "add_bos_token": True}, family="gpt2", **BYTES),
    case("GPT2Tokenizer of a vocabulary with bos and eos", "byte", {**GPT2, **AROUND, "eos_token": "<|eot|>"}, family="opt", **BYTES),
    case("GPT2Tokenizer of a vocabulary without a bos to add", "byte", {**GPT2, **AROUND, "bos_token": None}, family="gpt2", **BYTES),
    case("GPT2Tokenizer of a vocabulary with bos null", "byte", {**GPT2, "add_bos_token": None}, family="gpt2", **BYTES),
    case("GPT2Tokenizer of a vocabulary as OPT has it", "byte", {
        **GPT2, "add_bos_token": True, "bos_token": written("</s>"), "eos_token": written("</s>"), "unk_token": written("</s>"),
        "pad_token": written("<pad>"),
    }, family="opt", map={"bos_token": token("</s>", normalized=True), "pad_token": "<pad>"}, **BYTES),
    case("GPT2Tokenizer of a vocabulary with added tokens", "byte", GPT2, family="gpt2", map={"pad_token": "<pad>"}, added={
        "<|im_start|>": 430, "<pad>": 431,
    }, **BYTES),
    case("GPT2Tokenizer of a vocabulary with a decoder of added tokens", "byte", {
        **GPT2, "added_tokens_decoder": {"420": token("<|endoftext|>"), "424": token("<|user|>", rstrip=True)},
    }, family="gpt2", **BYTES),
    case("GPT2Tokenizer of merges without a version", "byte", GPT2, family="gpt2", others={"merges.txt": "\u0120 t\nh e"}, **BYTES),
    case("GPT2Tokenizer of merges with Windows line ends", "byte", GPT2, family="gpt2", others={"merges.txt": "#version: 0.2\r\n\u0120 t\r\nh e\r\n"}, **BYTES),
    case("GPT2Tokenizer of merges with an empty line", "byte", GPT2, family="gpt2", others={"merges.txt": "\u0120 t\n\nh e\n"}, **BYTES),
    case("GPT2Tokenizer of merges of three", "byte", GPT2, family="gpt2", others={"merges.txt": "t h e\n"}, **BYTES),
    case("GPT2Tokenizer of merges that are not in the vocabulary", "byte", GPT2, family="gpt2", others={"merges.txt": "\u1234 t\n"}, **BYTES),
    case("GPT2Tokenizer of no merges", "byte", GPT2, family="gpt2", others={"merges.txt": "#version: 0.2\n"}, **BYTES),
    case("GPTNeoXTokenizer of a vocabulary", "byte", NEOX, family="gpt_neox", **BYTES),
    case("GPTNeoXTokenizer of a vocabulary with eos", "byte", {**NEOX, "add_eos_token": True}, family="gpt_neox", **BYTES),
    case("Qwen2Tokenizer of a vocabulary", "byte", QWEN, family="qwen3", **BYTES),
    case("Qwen2Tokenizer of a vocabulary with eos", "byte", {**QWEN, "add_eos_token": True}, family="qwen2", **BYTES),
    case("RobertaTokenizer of a vocabulary", "trimmed", ROBERTA, family="roberta", **BYTES),
    case("RobertaTokenizer of a vocabulary by the family", "trimmed", family="roberta", **BYTES),
    case("RobertaTokenizer of a vocabulary with eos twice", "trimmed", {**ROBERTA, **AROUND}, family="roberta", **BYTES),
    case("RobertaTokenizer of a vocabulary with a mask that strips", "trimmed", ROBERTA, family="roberta", map={
        "mask_token": {"content": "<mask>", "lstrip": True, "rstrip": False, "normalized": False, "single_word": False},
    }, **BYTES),
    case("BertTokenizer of words", "wordpiece", BERT, family="bert", **WORDS),
    case("BertTokenizer of words by the family", "wordpiece", family="bert", **WORDS),
    case("BertTokenizer of words by DistilBERT", "wordpiece", family="distilbert", **WORDS),
    case("BertTokenizer of words, cased", "wordpiece", {**BERT, "do_lower_case": False}, family="bert", **WORDS),
    case("BertTokenizer of words with bos", "wordpiece", {**BERT, **AROUND}, family="bert", **WORDS),
    case("DistilBertTokenizer of words", "wordpiece", {"tokenizer_class": "DistilBertTokenizer"}, family="distilbert", **WORDS),
    case("BertTokenizer of words with spaces and a word twice", "wordpiece", BERT, family="bert", others={
        "vocab.txt": "[PAD]\r\n[UNK] \r\n[CLS]\t\n[SEP]\n[MASK]\nthe\nend\nthe\n\u00a0\n##s\u2028\nmovie",
    }, **WORDS),
    case("the general class of a vocabulary", "byte", FAST, family="gpt2", **BYTES),
    case("Llama of a vocabulary", "byte", {"tokenizer_class": "LlamaTokenizer"}, **BYTES),
    case("BertTokenizer of a byte-level vocabulary alone", "byte", BERT, family="bert", **BYTES),
    case("GPT2Tokenizer of words", "wordpiece", GPT2, family="gpt2", **WORDS),
]

# Classes by the family alone, and where its files name another one.
FAMILIES = [
    case("Qwen2Tokenizer by the family", "byte", family="qwen3"),
    case("Qwen2Tokenizer in place of LlamaTokenizer", "byte", LLAMA, family="qwen2"),
    case("Qwen2Tokenizer in place of the general class", "byte", FAST, family="qwen2"),
    case("the general class of Qwen3", "byte", FAST, family="qwen3"),
    case("the general class of Phi-3", "llama", LLAMA, family="phi3"),
    case("BertTokenizer by ELECTRA", "wordpiece", family="electra"),
    case("the general class of ModernBERT", "byte", {"tokenizer_class": "GPT2Tokenizer"}, family="modernbert"),
]

CASES = GENERAL + CLASSES + VOCABULARIES + FAMILIES
