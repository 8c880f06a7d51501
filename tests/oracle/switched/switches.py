"""What may be different in a model directory. Each switch changes one thing, and names the fields that an error
about it may name; switches of one group exclude one another."""

import dataclasses
from collections.abc import Callable

from .directory import BASES, DECODERS, ENCODERS, ROTARY


@dataclasses.dataclass(frozen=True)
class Switch:
    name: str
    group: str
    fields: tuple
    """Words of which an error must contain one: names of fields, files or tensors."""
    apply: Callable
    bases: tuple = BASES
    refusable: bool = False
    """Whether Abacus may refuse what transformers reads."""


SWITCHES = []


def switch(group, fields, bases=BASES, refusable=False):
    def register(function):
        name = function.__name__.replace("_", "-").strip("-")
        SWITCHES.append(Switch(name, group, tuple(fields), function, tuple(bases), refusable))
        return function

    return register


# --- config.json: padding ---------------------------------------------------------------------------------------


@switch("pad", ["pad_token_id"])
def pad_absent(d):
    d.config.pop("pad_token_id", None)


@switch("pad", ["pad_token_id"])
def pad_null(d):
    d.config["pad_token_id"] = None


@switch("pad", ["pad_token_id"], DECODERS)
def pad_is_eos(d):
    d.config["pad_token_id"] = d.config["eos_token_id"] = 2
    d.tokenizer["pad_token"] = d.tokenizer["eos_token"]


@switch("pad", ["pad_token_id"])
def pad_is_a_letter(d):
    d.config["pad_token_id"] = 20


# --- config.json: rotary positions ------------------------------------------------------------------------------


def old_rope(d, **fields):
    d.config.pop("rope_parameters", None)
    for field in ("rope_scaling", "rotary_emb_base"):
        d.config.pop(field, None)
    d.config.update(fields)


ROPE = ["rope_scaling", "rope_parameters", "rope_theta", "rope_type", "rotary_emb_base"]


@switch("rope", ROPE, ROTARY)
def rope_theta_of_old(d):
    old_rope(d, rope_theta=500.0, rope_scaling=None)


@switch("rope", ROPE, ROTARY)
def rope_scaling_of_old(d):
    old_rope(d, rope_theta=10000.0, rope_scaling={"type": "linear", "factor": 2.0})


@switch("rope", ROPE, ROTARY, refusable=True)
def rope_type_under_both_names(d):
    old_rope(d, rope_theta=10000.0, rope_scaling={"type": "linear", "rope_type": "dynamic", "factor": 2.0})


@switch("rope", ROPE, ROTARY, refusable=True)
def rope_in_two_places(d):
    old_rope(
        d,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        rope_scaling={"rope_type": "linear", "factor": 2.0},
    )


@switch("rope", ROPE, ROTARY, refusable=True)
def rope_theta_in_two_places(d):
    old_rope(d, rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, rope_theta=300.0)


@switch("rope", ROPE, ROTARY)
def rope_theta_within_scaling(d):
    old_rope(d, rope_scaling={"rope_type": "linear", "factor": 2.0, "rope_theta": 300.0})


@switch("rope", ROPE, ROTARY, refusable=True)
def rope_theta_beside_parameters(d):
    old_rope(d, rope_parameters={"rope_type": "linear", "factor": 2.0}, rope_theta=300.0)


@switch("rope", ROPE, ROTARY)
def rope_left_out(d):
    old_rope(d)
    d.config.pop("rope_theta", None)


# --- config.json: other fields ----------------------------------------------------------------------------------


@switch("dtype", ["dtype", "torch_dtype"])
def torch_dtype_of_old(d):
    d.config["torch_dtype"] = "float16"


@switch("dtype", ["dtype", "torch_dtype"])
def dtype_under_both_names(d):
    d.config.update(torch_dtype="float16", dtype="bfloat16")


LABELS = ["id2label", "label2id", "num_labels", "score.weight", "classifier.weight"]


@switch("labels", LABELS)
def labels_by_number(d):
    d.config.pop("id2label", None)
    d.config.pop("label2id", None)
    d.config["num_labels"] = 1


@switch("labels", LABELS)
def labels_by_other_names(d):
    d.config.update(id2label={"0": "reward"}, label2id={"reward": 0}, problem_type="regression")


@switch("labels", LABELS, refusable=True)
def labels_that_contradict_their_number(d):
    d.config.update(num_labels=3)


@switch("labels", LABELS)
def labels_left_out(d):
    for field in ("id2label", "label2id", "num_labels"):
        d.config.pop(field, None)


@switch("labels", LABELS, refusable=True)
def labels_by_id_alone(d):
    d.config.pop("id2label", None)
    d.config["label2id"] = {"reward": 0}


@switch("class", ["architectures", "model_type"])
def architectures_absent(d):
    d.config.pop("architectures")


@switch("class", ["architectures", "model_type"])
def architectures_null(d):
    d.config["architectures"] = None


@switch("class", ["architectures", "model_type"])
def architectures_empty(d):
    d.config["architectures"] = []


@switch("class", ["architectures", "model_type"])
def architectures_of_a_trainer(d):
    d.config["architectures"] = ["RewardModel"]


@switch("class", ["architectures", "model_type"], refusable=True)
def architectures_of_a_language_model(d):
    d.config["architectures"] = [d.config["architectures"][0].replace("SequenceClassification", "CausalLM")]


@switch("heads", ["num_key_value_heads", "k_proj"], ("llama", "mistral", "gemma2"))
def key_value_heads_null(d):
    d.config["num_key_value_heads"] = None


@switch("heads", ["num_key_value_heads", "k_proj"], ("llama", "mistral", "gemma2"))
def key_value_heads_absent(d):
    d.config.pop("num_key_value_heads", None)


@switch("heads", ["head_dim"], ("llama", "mistral"))
def head_dim_null(d):
    d.config["head_dim"] = None


@switch("act", ["hidden_act"], ("llama", "mistral", "bert", "deberta-v3", "gpt-neox"))
def activation_by_another_name(d):
    d.config["hidden_act"] = "gelu_pytorch_tanh"


@switch("act", ["hidden_act", "hidden_activation"], ("gemma2",), refusable=True)
def activation_under_both_names(d):
    d.config.update(hidden_act="silu", hidden_activation="gelu_pytorch_tanh")


@switch("act", ["activation_function"], ("gpt2",))
def activation_of_gpt2(d):
    d.config["activation_function"] = "relu"


@switch("extra", [])
def fields_of_no_meaning(d):
    d.config.update(
        _name_or_path="/home/me/model", transformers_version="4.31.0", use_cache=False, my_own_field={"a": 1},
        output_attentions=False, torchscript=False, summary_type="last",
    )


@switch("extra", ["tie_word_embeddings"])
def embeddings_said_to_be_tied(d):
    d.config["tie_word_embeddings"] = not d.config.get("tie_word_embeddings", True)


# --- names of tensors -------------------------------------------------------------------------------------------

PREFIX = {"llama": "model.", "mistral": "model.", "gemma2": "model.", "gpt2": "transformer.", "gpt-neox": "gpt_neox.",
          "bert": "bert.", "deberta-v3": "deberta."}
NAMES = ["embed", "wte", "score", "classifier", "layers", "model.", "transformer.", "prefix"]


def head_of(d):
    return "classifier.weight" if d.base in ENCODERS else "score.weight"


@switch("names", NAMES, refusable=True)
def names_without_their_prefix(d):
    d.tensors.append(["rename", PREFIX[d.base], ""])


@switch("names", NAMES, refusable=True)
def names_with_a_prefix_twice(d):
    d.tensors.append(["rename", PREFIX[d.base], PREFIX[d.base] * 2])


@switch("names", ["module."], refusable=True)
def names_of_data_parallel(d):
    d.tensors.append(["rename", "", "module."])


@switch("names", ["lm_head"])
def head_of_a_language_model_left_over(d):
    name = "cls.predictions.decoder.weight" if d.base in ENCODERS else "lm_head.weight"
    d.tensors.append(["ones", name, [d.config["vocab_size"], 16]])


@switch("names", ["inv_freq", "rotary_emb"], ("llama", "mistral", "gemma2"))
def buffers_of_old_versions(d):
    for layer in range(3):
        d.tensors.append(["ones", f"model.layers.{layer}.self_attn.rotary_emb.inv_freq", [2]])


@switch("names", ["attn.bias", "masked_bias"], ("gpt2",))
def masks_of_old_versions(d):
    for layer in range(3):
        d.tensors.append(["ones", f"transformer.h.{layer}.attn.bias", [1, 1, 96, 96]])
        d.tensors.append(["ones", f"transformer.h.{layer}.attn.masked_bias", []])


@switch("names", ["position_ids"], ENCODERS)
def positions_of_old_versions(d):
    d.tensors.append(["ones", PREFIX[d.base] + "embeddings.position_ids", [1, 96]])


@switch("names", ["gamma", "beta", "LayerNorm"], ENCODERS)
def norms_of_tensorflow(d):
    d.tensors.append(["suffix", "LayerNorm.weight", "LayerNorm.gamma"])
    d.tensors.append(["suffix", "LayerNorm.bias", "LayerNorm.beta"])


@switch("names", ["score", "classifier"])
def head_missing(d):
    d.tensors.append(["drop", head_of(d)])


@switch("names", ["score", "classifier"])
def head_of_two_labels(d):
    d.tensors.append(["drop", head_of(d)])
    d.tensors.append(["ones", head_of(d), [2, 16]])


@switch("names", ["something"], refusable=True)
def tensor_left_over(d):
    d.tensors.append(["ones", "something.else.weight", [3]])


@switch("storage", ["F64", "float64"])
def stored_as_float64(d):
    d.tensors.append(["double", ""])


# --- tokenizer files --------------------------------------------------------------------------------------------


@switch("tokens", ["add_bos_token"], DECODERS, refusable=True)
def no_bos(d):
    d.tokenizer["add_bos_token"] = False


@switch("tokens", ["add_eos_token"], DECODERS, refusable=True)
def eos_added(d):
    d.tokenizer["add_eos_token"] = True


@switch("tokens", ["split_special_tokens"], refusable=True)
def special_tokens_split(d):
    d.tokenizer["split_special_tokens"] = True


@switch("tokens", ["add_prefix_space"], DECODERS, refusable=True)
def prefix_space(d):
    d.tokenizer["add_prefix_space"] = True


@switch("tokens", ["additional_special_tokens", "<x>"])
def additional_special_tokens(d):
    d.tokenizer["additional_special_tokens"] = ["film"]


@switch("tokens", ["extra_special_tokens", "<x>"])
def extra_special_tokens(d):
    d.tokenizer["extra_special_tokens"] = ["film"]


@switch("tokens", ["added_tokens_decoder"], DECODERS)
def added_tokens_decoder(d):
    token = {"lstrip": True, "rstrip": True, "normalized": False, "single_word": False, "special": True}
    d.tokenizer["added_tokens_decoder"] = {"2": {"content": "</s>", **token}}


@switch("tokens", ["special_tokens_map"], DECODERS)
def special_tokens_map(d):
    d.files["special_tokens_map.json"] = {"bos_token": "<s>", "eos_token": "<s>"}


@switch("tokens", ["added_tokens.json"], refusable=True)
def added_tokens_json(d):
    d.files["added_tokens.json"] = {"movie": 20}


@switch("tokens", ["model_max_length", "padding_side", "truncation_side"])
def lengths_and_sides(d):
    d.tokenizer.update(model_max_length=4, padding_side="left", truncation_side="left")


@switch("tokenizer-class", ["tokenizer_class"])
def tokenizer_class_fast(d):
    d.tokenizer["tokenizer_class"] = "PreTrainedTokenizerFast"


@switch("tokenizer-class", ["tokenizer_class"], DECODERS, refusable=True)
def tokenizer_class_of_llama(d):
    d.tokenizer["tokenizer_class"] = "LlamaTokenizerFast"


@switch("tokenizer-class", ["tokenizer_class"], DECODERS, refusable=True)
def tokenizer_class_of_gpt2(d):
    d.tokenizer["tokenizer_class"] = "GPT2Tokenizer"


@switch("tokenizer-class", ["tokenizer_class", "do_lower_case"], ("bert",), refusable=True)
def tokenizer_class_of_bert(d):
    d.tokenizer.update(tokenizer_class="BertTokenizer", do_lower_case=True)


@switch("tokenizer-class", ["tokenizer_class"])
def tokenizer_class_absent(d):
    d.tokenizer.pop("tokenizer_class", None)
    d.tokenizer.pop("backend", None)


# --- chat templates ---------------------------------------------------------------------------------------------

TURN = "{{ m.role }}: {{ m.content }}</s>"
PLAIN = "{% for m in messages %}" + TURN + "{% endfor %}"


def template(name, text, refusable=False):
    def apply(d):
        d.tokenizer["chat_template"] = text

    SWITCHES.append(Switch(f"template-{name}", "template", ("template",), apply, DECODERS, refusable))


template("plain", PLAIN)
template("loop-control", "{% for m in messages %}{{ m.role }}:{% if m.role == 'system' %} {% continue %}{% endif %}" + TURN + "{% endfor %}")
# A completion that the template leaves out altogether cannot be paid, though what is left has a score.
template("break", "{% for m in messages %}" + TURN + "{% if loop.index == 2 %} {% break %}{% endif %}{% endfor %}", refusable=True)
template("printing", PLAIN + "{{ true }} {{ none }} {{ [1, 'a', 1.0] }} {{ {'a': false} }}")
template("with-and-raw", "{% with x = 'film' %}{{ x }}{% endwith %}{% raw %}{{ x }}{% endraw %}" + PLAIN)
template("format", "{{ '%s is %d' % ('end', 3) }} {{ 'abc'|list }} {{ missing|default('bad') }}" + PLAIN)
template("whitespace", "\n{%- for m in messages %}\n    {{- m.role }}\n  {% if true %}\n : {{ m.content }}\n{% endif %}\n{%- endfor %}\n")
template("generation", "{% for m in messages %}{% generation %}" + TURN + "{% endgeneration %}{% endfor %}")
template("strips-thoughts", "{% for m in messages %}{{ m.role }}: {{ m.content.split('</think>')[-1] }}</s>{% endfor %}")
template("trims", "{% for m in messages %}{{ m.role }}: {{ m.content | trim }}</s>{% endfor %}")
template("raises", "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + PLAIN)
template("special-tokens", "{{ bos_token }}" + PLAIN + "{{ eos_token }}{{ pad_token }}")
template("json", "{{ messages[0] | tojson }}" + PLAIN)
template("namespace", "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}" + TURN + "{% endfor %}{{ ns.n }}")
template("does-not-parse", "{% for m in messages %}")


@switch("template", ["template"], DECODERS)
def template_in_a_file(d):
    d.tokenizer["chat_template"] = "{{ 'overridden' }}"
    d.files["chat_template.jinja"] = PLAIN


@switch("template", ["template"], DECODERS)
def template_list_with_default(d):
    d.tokenizer["chat_template"] = [
        {"name": "tools", "template": "{{ 'tools' }}"}, {"name": "default", "template": PLAIN}
    ]


@switch("template", ["template"], DECODERS)
def template_list_without_default(d):
    d.tokenizer["chat_template"] = [
        {"name": "tools", "template": "{{ 'tools' }}"}, {"name": "other", "template": PLAIN}
    ]


@switch("template", ["template"], DECODERS)
def template_in_a_folder(d):
    d.files["chat_template.jinja"] = PLAIN
    d.files["additional_chat_templates/tools.jinja"] = "{{ 'tools' }}"
