"""Small tokenizers of the kinds that the hub has, with the special tokens of the models that they stand for.

Each maker returns (Tokenizer, tokenizer_config.json). Ids are smaller than the real ones; names, flags and order of
the special tokens are theirs.
"""

import gzip
import json
import pathlib

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from text_tokenizers import CORPUS, byte_level, llama_like, make_wordpiece, special, unigram

PUBLISHED = pathlib.Path(__file__).parents[2] / "golden" / "jinja" / "published.json.gz"
TEMPLATES = {each["name"].removesuffix(".jinja"): each["source"] for each in json.loads(gzip.open(PUBLISHED).read())["templates"]}

QWEN_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3_SPLIT = QWEN_SPLIT.replace(r"\p{N}|", r"\p{N}{1,3}|", 1)
MISTRAL_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token + ' ' }}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"
)


def added(tokenizer, names, plain=()):
    """Special tokens in this order, then tokens that are added but not special, as Qwen has <think>."""
    tokenizer.add_special_tokens([special(name) for name in names])
    tokenizer.add_tokens([AddedToken(name, special=False, normalized=False) for name in plain])


def decoder_of_added(tokenizer):
    """added_tokens_decoder, as tokenizer_config.json has had it since 4.34."""
    flags = ("content", "lstrip", "normalized", "rstrip", "single_word", "special")
    tokens = tokenizer.get_added_tokens_decoder().items()
    return {str(at): {flag: getattr(token, flag) for flag in flags} for at, token in tokens}


def split_bytes(pattern, size):
    """A byte-level BPE behind a pattern of its own, as Qwen and Llama 3 have it."""
    tokenizer = byte_level(size)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return tokenizer


QWEN_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>"]
QWEN_SPECIAL += ["<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>"]
QWEN_SPECIAL += ["<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"]
QWEN_PLAIN = ["<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>"]
QWEN_PLAIN += ["<|repo_name|>", "<|file_sep|>"]


def qwen(template, special=QWEN_SPECIAL, plain_more=(), **config):
    tokenizer = split_bytes(QWEN_SPLIT, 420)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    added(tokenizer, special, [*QWEN_PLAIN, *plain_more])
    return tokenizer, {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": decoder_of_added(tokenizer),
        "additional_special_tokens": list(special[1:]),
        "bos_token": None,
        "chat_template": TEMPLATES[template],
        "clean_up_tokenization_spaces": False,
        "eos_token": "<|im_end|>",
        "errors": "replace",
        "model_max_length": 131072,
        "pad_token": "<|endoftext|>",
        "split_special_tokens": False,
        "tokenizer_class": "Qwen2Tokenizer",
        "unk_token": None,
        **config,
    }


LLAMA3_SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>"]
LLAMA3_SPECIAL += ["<|finetune_right_pad_id|>", "<|reserved_special_token_2|>", "<|start_header_id|>"]
LLAMA3_SPECIAL += ["<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"]


def llama3(template, more=(), **config):
    tokenizer = split_bytes(LLAMA3_SPLIT, 400)
    added(tokenizer, [*LLAMA3_SPECIAL, *more])
    state = json.loads(tokenizer.to_str())
    state["model"]["ignore_merges"] = True
    tokenizer = Tokenizer.from_str(json.dumps(state))
    begin = ("<|begin_of_text|>", tokenizer.token_to_id("<|begin_of_text|>"))
    template_of_text = processors.TemplateProcessing(
        single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|>:1 $B:1", special_tokens=[begin]
    )
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template_of_text])
    return tokenizer, {
        "added_tokens_decoder": decoder_of_added(tokenizer),
        "bos_token": "<|begin_of_text|>",
        "chat_template": TEMPLATES[template],
        "clean_up_tokenization_spaces": True,
        "eos_token": "<|eot_id|>",
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": 131072,
        "tokenizer_class": "PreTrainedTokenizerFast",
        **config,
    }


def gemma(**config):
    tokenizer = llama_like()
    state = json.loads(tokenizer.to_str())
    names = list(state["model"]["vocab"])
    first = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>"]
    rest = [name for name in names if name not in ("<unk>", "<s>", "</s>")]
    state["model"]["vocab"] = {name: at for at, name in enumerate([*first, *rest])}
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    added(tokenizer, first)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A", pair="<bos> $A <bos>:1 $B:1", special_tokens=[("<bos>", 2)]
    )
    return tokenizer, {
        "add_bos_token": True,
        "add_eos_token": False,
        "added_tokens_decoder": decoder_of_added(tokenizer),
        "additional_special_tokens": ["<start_of_turn>", "<end_of_turn>"],
        "bos_token": "<bos>",
        "chat_template": TEMPLATES["gemma"],
        "clean_up_tokenization_spaces": False,
        "eos_token": "<eos>",
        "model_max_length": 1000000000000000019884624838656,
        "pad_token": "<pad>",
        "sp_model_kwargs": {},
        "spaces_between_special_tokens": False,
        "tokenizer_class": "GemmaTokenizer",
        "unk_token": "<unk>",
        "use_default_system_prompt": False,
        **config,
    }


def llama2(more=(), **config):
    """SentencePiece with bytes for the unknown, as Llama 2 and Mistral have it."""
    tokenizer = llama_like()
    tokenizer.pre_tokenizer = None
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    added(tokenizer, ["<unk>", "<s>", "</s>", *more])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)]
    )
    return tokenizer, {
        "add_bos_token": True,
        "add_eos_token": False,
        "added_tokens_decoder": decoder_of_added(tokenizer),
        "additional_special_tokens": [],
        "bos_token": "<s>",
        "clean_up_tokenization_spaces": False,
        "eos_token": "</s>",
        "legacy": True,
        "model_max_length": 1000000000000000019884624838656,
        "pad_token": None,
        "sp_model_kwargs": {},
        "spaces_between_special_tokens": False,
        "tokenizer_class": "LlamaTokenizer",
        "unk_token": "<unk>",
        "use_default_system_prompt": False,
        **config,
    }


def deberta():
    tokenizer = unigram(["[PAD]", "[CLS]", "[SEP]", "[UNK]"], unknown=3)
    added(tokenizer, ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"])
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Strip(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    names = {"bos": "[CLS]", "cls": "[CLS]", "eos": "[SEP]", "sep": "[SEP]", "mask": "[MASK]", "pad": "[PAD]", "unk": "[UNK]"}
    return tokenizer, {
        **{f"{name}_token": token for name, token in names.items()},
        "do_lower_case": False,
        "name_or_path": "microsoft/deberta-v3-large",
        "sp_model_kwargs": {},
        "special_tokens_map_file": None,
        "split_by_punct": False,
        "tokenizer_class": "DebertaV2Tokenizer",
        "vocab_type": "spm",
    }


def wordpiece(tokenizer_class="BertTokenizer", **config):
    tokenizer, names = make_wordpiece()
    return tokenizer, {
        **names,
        "do_basic_tokenize": True,
        "do_lower_case": True,
        "model_max_length": 512,
        "never_split": None,
        "strip_accents": None,
        "tokenize_chinese_chars": True,
        "tokenizer_class": tokenizer_class,
        **config,
    }


def roberta(**config):
    """A byte-level BPE whose first ids are RoBERTa's; <mask> is the last."""
    state = json.loads(byte_level(360).to_str())
    names = ["<s>", "<pad>", "</s>", "<unk>", *state["model"]["vocab"], "<mask>"]
    state["model"]["vocab"] = {name: at for at, name in enumerate(names)}
    tokenizer = Tokenizer.from_str(json.dumps(state))
    added(tokenizer, ["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.add_special_tokens([special("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer, {"model_max_length": 512, **config}


def modernbert():
    tokenizer = byte_level(400)
    names = ["[UNK]", "[CLS]", "[SEP]", "[PAD]"]
    tokenizer.add_special_tokens([special("|||IP_ADDRESS|||"), special("<|padding|>"), special("<|endoftext|>")])
    added(tokenizer, names)
    tokenizer.add_special_tokens([special("[MASK]", lstrip=True)])
    tokens = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:0 [SEP]:0", special_tokens=tokens
    )
    return tokenizer, {
        "added_tokens_decoder": decoder_of_added(tokenizer),
        "clean_up_tokenization_spaces": True,
        "cls_token": "[CLS]",
        "mask_token": "[MASK]",
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": 8192,
        "pad_token": "[PAD]",
        "sep_token": "[SEP]",
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": "[UNK]",
    }


def xlm_roberta():
    tokenizer = unigram(["<s>", "<pad>", "</s>", "<unk>"], unknown=3)
    tokenizer.add_special_tokens([special("<mask>", lstrip=True)])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    names = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "mask": "<mask>", "pad": "<pad>", "unk": "<unk>"}
    return tokenizer, {
        "added_tokens_decoder": decoder_of_added(tokenizer),
        **{f"{name}_token": token for name, token in names.items()},
        "clean_up_tokenization_spaces": True,
        "model_max_length": 8192,
        "sp_model_kwargs": {},
        "tokenizer_class": "XLMRobertaTokenizer",
    }
