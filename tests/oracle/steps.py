"""Makes tests/golden/steps: tiny random process reward models, and what each says of the steps of some texts.

    python tests/oracle/steps.py

Every folder is a Hugging Face directory with a steps.json: how a request may write a text, the ids that the model
reads, the positions of the steps' ends and the score of each. Those under classes/ have the logits of every class of token
classifiers at every position. What the ids and the scores are is written here after
what trained or published each model:

- trl: `PRMTrainer.tokenize_row` of TRL, prompt and steps tokenised one by one with the separator's ids behind each
  step; transformers' own ...ForTokenClassification; softmax, label 1. And the way of TRL's documentation, whose
  pipeline reads the last token of a whole text that ends in the separator.
- qwen: the card of Qwen2.5-Math-PRM: ChatML, "<extra_0>" behind each step, `score.0`, ReLU, `score.2`, softmax.
- skywork: `prepare_input` and `PRM_MODEL` of skywork-o1-prm-inference: steps one by one, `v_head.summary`, sigmoid.
- shepherd: the card of math-shepherd-mistral-7b-prm: the text as a whole, the logits of "+" and "-" at every "ки",
  softmax of these two.
"""

import datetime
import json
import pathlib
import shutil

import tokenizers
import torch
import transformers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    MistralConfig,
    MistralForCausalLM,
    MistralForTokenClassification,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2ForTokenClassification,
)

from answers import numbers
from golden_model import randomise, save_tensors
from text_tokenizers import with_bytes

FOLDER = pathlib.Path(__file__).parent.parent / "golden" / "steps"

MADE_BY = {
    "torch": torch.__version__,
    "transformers": transformers.__version__,
    "tokenizers": tokenizers.__version__,
    "date": datetime.date.today().isoformat(),
}
PROBLEM = "How many eggs are left?"
STEPS = ["Sixteen eggs less 3 are 13.", "Then 13 less 4 are 9 \U0001f95a left.", "The answer is 9."]
OTHER = ["Sixteen eggs less 3 are 13.", "So 13 are left."]
CORPUS = [
    f"{PROBLEM} {' '.join(STEPS)}",
    "13.\n9.\nSo.\n left.\nThe answer.\n\nThen.\n\n",
    "Step 1: are left. \u043a\u0438\nStep 2: the answer is + or - \u043a\u0438\n",
]
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
# Qwen2's own, which takes line breaks into the token of a full stop before them.
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def special(content):
    return AddedToken(content, special=True, normalized=False)


def qwen_tokenizer(**named):
    model = Tokenizer(models.BPE())
    model.normalizer = normalizers.NFC()
    model.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    model.decoder = decoders.ByteLevel()
    model.post_processor = processors.ByteLevel(trim_offsets=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=330, initial_alphabet=alphabet, show_progress=False)
    model.train_from_iterator(CORPUS * 4, trainer)
    model.add_special_tokens([special(each) for each in ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<extra_0>")])
    return PreTrainedTokenizerFast(
        tokenizer_object=model, pad_token="<|endoftext|>", eos_token="<|im_end|>", chat_template=CHATML, **named
    )


def mistral_tokenizer():
    model = Tokenizer(models.BPE())
    model.pre_tokenizer = pre_tokenizers.Metaspace(split=True)
    words = [text.replace("\n", " ") for text in CORPUS]  # line breaks are bytes, as in Mistral's own
    model.train_from_iterator(words * 4, trainers.BpeTrainer(vocab_size=190, show_progress=False))
    model = with_bytes(model, ["<unk>", "<s>", "</s>"])
    model.pre_tokenizer = None
    model.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    model.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    model.add_special_tokens([special(each) for each in ("<unk>", "<s>", "</s>")])
    model.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=model, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


SIZES = dict(
    hidden_size=16,
    intermediate_size=20,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=160,
)


def drawn(kind, config, seed):
    config._attn_implementation = "eager"
    model = kind(config).eval()
    randomise(model, seed)
    return model


def drawn_linear(inputs, outputs, seed):
    layer = torch.nn.Linear(inputs, outputs)
    randomise(layer, seed)
    return layer


class Model:
    """One model: how it is saved, and its score at every position."""

    def __init__(self, name, tokenizer, model, *, head=(), architectures=None, config=()):
        self.name, self.tokenizer, self.model = name, tokenizer, model
        self.head, self.architectures, self.config = dict(head), architectures, dict(config)

    def save(self):
        folder = FOLDER / self.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.tokenizer.save_pretrained(folder)
        self.model.config.save_pretrained(folder)
        config = json.loads((folder / "config.json").read_text())
        config |= {"architectures": self.architectures or [type(self.model).__name__]} | self.config
        config.pop("transformers_version", None)
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
        tensors = {name: value.contiguous() for name, value in self.model.state_dict().items()}
        for name, layer in self.head.items():
            tensors |= {f"{name}.{part}": value for part, value in layer.state_dict().items()}
        save_tensors(tensors, folder, 1)
        return folder

    @torch.no_grad()
    def scores(self, ids):
        return self.score(torch.tensor([ids]))[0].tolist()


class Trl(Model):
    def score(self, ids):
        return self.model(ids).logits.softmax(-1)[..., 1]

    def row(self, prompt, steps, separator):
        """`tokenize_row`: the ids, and the positions that have a label."""
        encode = lambda text: self.tokenizer.encode(text, add_special_tokens=False)
        bos = self.tokenizer.bos_token_id
        ids = ([] if bos is None else [bos]) + encode(prompt)
        ends = []
        for step in steps:
            ids += encode(step) + encode(separator)
            ends.append(len(ids) - 1)
        return ids, ends

    def cases(self):
        for separator, settings in (("\n", {}), ("\n\n", {"stepAt": "paragraph"})):
            for steps in (STEPS, OTHER, STEPS[:1]):
                ids, ends = self.row(PROBLEM, steps, separator)
                read = dict(prompt=PROBLEM, settings=settings, ids=ids, ends=ends)
                yield dict(completion=separator.join(steps), **read)
                yield dict(completion=separator.join(steps) + separator, **read)
                yield dict(completion="".join(steps), steps=spans_of(steps), **read)
                yield dict(completion=separator.join(steps), steps=spans_of(steps, separator), **read)
        yield from self.documented()

    def documented(self):
        """As `docs/source/prm_trainer.md` has it: one text, read at its last token."""
        prompt = PROBLEM + "\n"
        texts = [prompt + "".join(f"{step}\n" for step in STEPS[: k + 1]) for k in range(len(STEPS))]
        ids = [self.tokenizer.encode(text) for text in texts]
        assert all(ids[-1][: len(each)] == each for each in ids)
        read = dict(ids=ids[-1], ends=[len(each) - 1 for each in ids])
        yield dict(prompt=prompt, completion=texts[-1][len(prompt) :], settings={"stepMark": "none"}, **read)


class Qwen(Model):
    def score(self, ids):
        states = self.model.model(ids).last_hidden_state
        return self.head["score.2"](self.head["score.0"](states).relu()).softmax(-1)[..., 1]

    def cases(self):
        messages = [
            {"role": "system", "content": "Reason step by step."},
            {"role": "user", "content": PROBLEM},
        ]
        mark = self.tokenizer.convert_tokens_to_ids("<extra_0>")
        for steps in (STEPS, OTHER, STEPS[:1]):
            answer = "<extra_0>".join(steps) + "<extra_0>"
            turns = [*messages, {"role": "assistant", "content": answer}]
            text = self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=False)
            ids = self.tokenizer.encode(text)
            read = dict(messages=messages, settings={}, ids=ids, ends=[i for i, id in enumerate(ids) if id == mark])
            yield dict(completion=answer, **read)
            yield dict(completion=answer.removesuffix("<extra_0>"), **read)
            yield dict(completion="\n\n".join(steps), **read)
            yield dict(completion="\n\n".join(steps) + "\n\n", **read)
            yield dict(completion="".join(steps), steps=spans_of(steps), **read)
            yield dict(completion="\n".join(steps), **read | dict(settings={"stepAt": "line"}))


class Skywork(Model):
    def score(self, ids):
        return self.head["v_head.summary"](self.model.model(ids).last_hidden_state)[..., 0].sigmoid()

    def row(self, problem, response):
        """`prepare_input`."""
        encode = self.tokenizer.encode
        ids = encode(self.tokenizer.bos_token + problem + "\n")
        ends = []
        for step in response.split("\n"):
            ids += (encode(step) if step != "" else []) + [encode("\n")[-1]]
            if step != "":
                ends.append(len(ids) - 1)
        return ids, ends

    def cases(self):
        prompt = self.tokenizer.bos_token + PROBLEM + "\n"
        for steps in (STEPS, OTHER, STEPS[:1], [STEPS[0], "", OTHER[1]]):
            ids, ends = self.row(PROBLEM, "\n".join(steps))
            yield dict(prompt=prompt, completion="\n".join(steps), settings={}, ids=ids, ends=ends)


class Shepherd(Model):
    def score(self, ids):
        candidates = self.tokenizer.encode("+ -")[1:]
        assert len(candidates) == 2
        return self.model(ids).logits[:, :, candidates].softmax(-1)[:, :, 0]

    def cases(self):
        mark = self.tokenizer.encode("\u043a\u0438")[-1]
        for steps in (STEPS, OTHER, STEPS[:1]):
            lines = [f"Step {k + 1}: {step}" for k, step in enumerate(steps)]
            answer = "\n".join(f"{line} \u043a\u0438" for line in lines)
            ids = self.tokenizer.encode(f"{PROBLEM} {answer}")
            ends = [i for i, id in enumerate(ids) if id == mark]
            assert len(ends) == len(steps)
            read = dict(prompt=PROBLEM + " ", settings={}, ids=ids, ends=ends)
            yield dict(completion=answer, **read)
            yield dict(completion="\n".join(lines), **read)


def spans_of(steps, separator=""):
    """The steps in the text that they make when they are joined."""
    spans, at = [], 0
    for step in steps:
        spans.append([at, at + len(step)])
        at += len(step) + len(separator)
    return spans


def all_models():
    tokenizer = qwen_tokenizer()
    sizes = dict(SIZES, vocab_size=len(tokenizer))
    two = dict(num_labels=2)
    classifier = drawn(Qwen2ForTokenClassification, Qwen2Config(**sizes, **two), 1)
    yield Trl("trl-qwen2", tokenizer, classifier)
    causal = drawn(Qwen2ForCausalLM, Qwen2Config(**sizes, tie_word_embeddings=False), 2)
    layers = {"score.0": drawn_linear(16, 16, 3), "score.2": drawn_linear(16, 2, 4)}
    yield Qwen("qwen-prm", tokenizer, causal, head=layers, architectures=["Qwen2ForProcessRewardModel"])
    value = {"v_head.summary": drawn_linear(16, 1, 5)}
    opened = qwen_tokenizer(bos_token="<|endoftext|>")
    yield Skywork("skywork-prm", opened, causal, head=value, architectures=["Qwen2ForPrmModel"])
    pieces = mistral_tokenizer()
    sizes = dict(SIZES, vocab_size=len(pieces), sliding_window=None)
    yield Trl("trl-mistral", pieces, drawn(MistralForTokenClassification, MistralConfig(**sizes, **two), 6))
    yield Shepherd("shepherd", pieces, drawn(MistralForCausalLM, MistralConfig(**sizes), 7))


TINY = dict(
    vocab_size=24,
    hidden_size=8,
    intermediate_size=12,
    num_hidden_layers=1,
    num_attention_heads=2,
    max_position_embeddings=32,
    pad_token_id=0,
)
KEYS = dict(num_key_value_heads=1)
CLASSES = {
    "GemmaForTokenClassification": dict(KEYS, head_dim=4),
    "Gemma2ForTokenClassification": dict(KEYS, head_dim=4, query_pre_attn_scalar=4, sliding_window=4),
    "GPT2ForTokenClassification": {},
    "GPTNeoXForTokenClassification": {},
    "LlamaForTokenClassification": dict(KEYS, token_classification_bias=False),
    "MistralForTokenClassification": KEYS,
    "Phi3ForTokenClassification": dict(KEYS, original_max_position_embeddings=32),
    "Qwen2ForTokenClassification": KEYS,
    "Qwen3ForTokenClassification": dict(KEYS, head_dim=4),
}


@torch.no_grad()
def make_class(name, config, seed):
    """The logits of one class at every position: its head, with the bias that it has."""
    kind = getattr(transformers, name)
    model = drawn(kind, kind.config_class(**TINY, **config, num_labels=3), seed)
    folder = FOLDER / "classes" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model.config.save_pretrained(folder)
    file = json.loads((folder / "config.json").read_text()) | {"architectures": [name]}
    file.pop("transformers_version", None)
    (folder / "config.json").write_text(json.dumps(file, indent=1) + "\n")
    save_tensors({name: value.contiguous() for name, value in model.state_dict().items()}, folder, 1)
    ids = [1, 7, 19, 3, 22, 0, 5, 7, 11]
    logits = kind.from_pretrained(folder).eval()(torch.tensor([ids])).logits
    file = {"made_by": MADE_BY, "ids": ids, "logits": numbers(logits)}
    (folder / "logits.json").write_text(json.dumps(file) + "\n")


def main():
    for seed, (name, config) in enumerate(CLASSES.items()):
        make_class(name, config, seed)
    for model in all_models():
        folder = model.save()
        cases = []
        for case in model.cases():
            every = torch.tensor(model.scores(case["ids"]))
            cases.append(case | {"scores": numbers(every[case["ends"]])})
        file = {"made_by": MADE_BY, "cases": cases}
        (folder / "steps.json").write_text(json.dumps(file, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
