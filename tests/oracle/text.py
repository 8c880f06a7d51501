"""Makes tests/golden/text and tests/golden/text.json from transformers.

    python tests/oracle/text.py

Spans are Python string indices. For every case the tokens of the completion are found here on their
own, from the offset mapping of transformers.
"""

import datetime
import json
import pathlib
import platform
import tempfile

import jinja2
import tokenizers
import transformers
from transformers import PreTrainedTokenizerFast
from transformers.utils import chat_template_utils

from text_templates import TEMPLATES, Template
from text_tokenizers import write_tokenizers

GOLDEN = pathlib.Path(__file__).parent.parent / "golden"
FOLDER = GOLDEN / "text"
MOMENT = datetime.datetime(2026, 3, 7, 9, 5, 4)

ASTRONAUT = "\U0001f469\u200d\U0001f680"

PLAIN = [
    ("The movie", " was great."),
    ("The movie ", "was great."),  # the space joins the word behind it
    ("The mov", "ie was great."),  # one word, cut
    ("", "The movie was great."),
    ("", " The movie"),
    ("The movie was great.", ""),
    ("", ""),
    ("end ", "end"),
    ("the end of the end", " end"),
    (f"Look {ASTRONAUT}", f"{ASTRONAUT}{ASTRONAUT}!"),
    ("\U0001f469", "\u200d\U0001f680 ok"),  # a character, cut
    ("cafe", "\u0301 noir"),  # an accent whose letter is in the prompt
    ("x", " e\u0301e\u0301  \ufb01ne \uff21\uff22"),  # what normalizers put together or apart
    ("a\r\n", "\r\nb\tc\0d\r"),
    ("you", "   \n\n   "),
    ("  ", "  the  "),
    ("שלום ", "עולם مرحبا\u200f!"),
    ("<s>The", " </s> end<|endoftext|>\n[SEP]"),  # names of special tokens, written as text
    ("GREAT", "GREAT Straße ÇA"),
    ("one <mask>", " two"),
    ("one", "  <mask> two"),
    ("one two ", "3.14159, \"four\"? (5) it's"),
]

CONVERSATIONS = [
    [("user", "What about the end?")],
    [("system", " Be brief.\n"), ("user", "end\n"), ("assistant", "the end "), ("user", " end")],
    [("user", f"{ASTRONAUT} é\u0301\r\n"), ("assistant", ""), ("user", "was great\ufeff")],
]

COMPLETIONS = [
    "It was great.",
    "  the end\n",
    "end",
    "\n",
    "",
    f"{ASTRONAUT}\n\n",
    "\n\n  two\n  lines\n\n",
    "<think>\nthe end\n</think>\n\nend",
    "\ufeffgreat\u0085\x1f",  # space to Python or to JavaScript, never to both
]

# How many tokens are too many.
TRUNCATIONS = [("llama", 4), ("trimmed", 3), ("byte", 2), ("wordpiece", 5)]

# The tokenizers that are also given two texts: one with types, one without, one that adds nothing.
PAIRED = ["wordpiece", "trimmed", "byte"]


class FixedClock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return MOMENT


def load(name: str) -> PreTrainedTokenizerFast:
    """With spaces left in the offsets, whatever the tokenizer says (see Encoding.offsets)."""
    source = FOLDER / name
    with tempfile.TemporaryDirectory() as folder:
        text = (source / "tokenizer.json").read_text()
        text = text.replace('"trim_offsets":true', '"trim_offsets":false')
        (pathlib.Path(folder) / "tokenizer.json").write_text(text)
        config = (source / "tokenizer_config.json").read_text()
        (pathlib.Path(folder) / "tokenizer_config.json").write_text(config)
        return PreTrainedTokenizerFast.from_pretrained(folder)


def find(encoded, start: int, end: int, shift: int) -> dict:
    """The tokens that cover a character of text[start:end], which is completion[shift:]."""
    spans = encoded["offset_mapping"]
    added = encoded["special_tokens_mask"]
    text = [at for at in range(len(spans)) if not added[at]]
    cores = encoded["cores"]
    own = [at for at in text if cores[at][0] < end and cores[at][1] > start and start < end]
    if own:
        first, last = own[0], own[-1] + 1
    else:
        behind = [at for at in text if spans[at][0] >= start]
        after_text = text[-1] + 1 if text else added_before(encoded)
        first = last = behind[0] if behind else after_text
    clip = [[max(s, start) - start + shift, min(e, end) - start + shift] for s, e in spans]
    return {
        "ids": encoded["input_ids"],
        "completion": [first, last],
        "offsets": clip[first:last],
    }


def added_before(encoded) -> int:
    """How many special tokens precede an empty text."""
    probe = encoded["probe"]
    return probe.index(0)


def encode(tokenizer, text: str, **options) -> dict:
    options |= {"return_offsets_mapping": True, "return_special_tokens_mask": True}
    encoded = dict(tokenizer(text, **options))
    encoded["cores"] = [
        core(tokenizer, *token) for token in zip(encoded["input_ids"], encoded["offset_mapping"])
    ]
    probe = tokenizer("a", return_special_tokens_mask=True)
    encoded["probe"] = probe["special_tokens_mask"]
    return encoded


def core(tokenizer, number: int, span: tuple[int, int]) -> tuple[int, int]:
    """A special token's own characters, without the space that it may have swallowed."""
    flags = tokenizer.added_tokens_decoder.get(number)
    length = len(tokenizer.convert_ids_to_tokens(number))
    if flags is not None and flags.rstrip:
        return span[0], span[0] + length
    if flags is not None and flags.lstrip:
        return span[1] - length, span[1]
    return span


def plain_case(name: str, tokenizer, prompt: str, completion: str) -> dict:
    encoded = encode(tokenizer, prompt + completion)
    found = find(encoded, len(prompt), len(prompt + completion), 0)
    return {"tokenizer": name, "prompt": prompt, "completion_text": completion, **found}


def pair_case(name: str, tokenizer, prompt: str, completion: str) -> dict:
    """Two texts, as lists: tokenizer("text", "") would take the empty second text for none."""
    options = {"return_offsets_mapping": True, "return_token_type_ids": True}
    encoded = tokenizer([prompt], [completion], **options)
    ids, spans, texts = encoded["input_ids"][0], encoded["offset_mapping"][0], encoded.sequence_ids(0)
    cores = [core(tokenizer, *token) for token in zip(ids, spans)]
    own = [at for at in range(len(ids)) if texts[at] == 1 and cores[at][1] > 0]
    probe = tokenizer(["a"], ["a"]).sequence_ids(0)
    closing = probe[::-1].index(1)
    first, last = (own[0], own[-1] + 1) if own else [len(ids) - closing] * 2
    return {
        "tokenizer": name,
        "prompt": prompt,
        "completion_text": completion,
        "ids": ids,
        "types": encoded["token_type_ids"][0],
        "completion": [first, last],
        "offsets": [list(spans[at]) for at in range(first, last)],
    }


def chat_case(name: str, tokenizer, key: str, turns: list, completion: str) -> dict:
    template = TEMPLATES[key]
    messages = [{"role": role, "content": content} for role, content in turns]
    case = {"tokenizer": name, "template": key, "messages": messages}
    case["completion_text"] = completion
    answer = {"role": "assistant", "content": completion}
    options = {"chat_template": template.source, "tokenize": False}
    try:
        text = tokenizer.apply_chat_template([*messages, answer], **options)
    except jinja2.exceptions.TemplateError as error:
        return {**case, "refused": str(error)}
    start, end, shift = place(template, tokenizer, messages, text, completion)
    encoded = encode(tokenizer, text, add_special_tokens=False)
    return {**case, "text": text, **find(encoded, start, end, shift)}


def place(template: Template, tokenizer, messages, text: str, completion: str):
    """Where the completion stands, found without searching for it."""
    kept = template.keep(completion)
    if template.prompted:
        prompt = tokenizer.apply_chat_template(
            messages, chat_template=template.source, tokenize=False, add_generation_prompt=True
        )
        assert text.startswith(prompt), (text, prompt)
        start = len(prompt)
    else:
        # Each of these closes the turn with one known token, and the completion is all before it.
        closing = max(text.rfind("<|im_end|>"), text.rfind("</s>"), text.rfind("<|endoftext|>"))
        start = closing - len(kept)
    assert text[start : start + len(kept)] == kept, (text, kept)
    return start, start + len(kept), completion.find(kept)


def truncation_cases() -> list[dict]:
    prompt, completion = "The movie was very", " great and the end was the best of the year"
    cases = []
    for name, excess in TRUNCATIONS:
        tokenizer = load(name)
        limit = len(tokenizer(prompt + completion)["input_ids"]) - excess
        for side in ("left", "right"):
            tokenizer.truncation_side = side
            cut = tokenizer(prompt + completion, truncation=True, max_length=limit)
            case = {"tokenizer": name, "side": side, "context": limit}
            case |= {"prompt": prompt, "completion_text": completion}
            cases.append({**case, "ids": cut["input_ids"]})
    return cases


def pair_truncation_cases() -> list[dict]:
    """Left truncation drops from the first text alone, right truncation from the second."""
    prompt, completion = "The movie was very", " great and the end was the best of the year"
    cases = []
    for name in PAIRED:
        tokenizer = load(name)
        limit = len(tokenizer(prompt, completion)["input_ids"]) - 3
        for side, strategy in (("left", "only_first"), ("right", "only_second")):
            tokenizer.truncation_side = side
            options = {"truncation": strategy, "max_length": limit, "return_token_type_ids": True}
            cut = tokenizer(prompt, completion, **options)
            case = {"tokenizer": name, "side": side, "context": limit}
            case |= {"prompt": prompt, "completion_text": completion}
            cases.append({**case, "ids": cut["input_ids"], "types": cut["token_type_ids"]})
    return cases


def main() -> None:
    chat_template_utils.datetime = FixedClock
    write_tokenizers(FOLDER)
    names = sorted(path.name for path in FOLDER.iterdir())
    loaded = {name: load(name) for name in names}
    golden = {
        "made_by": "tests/oracle/text.py",
        "versions": {
            "python": platform.python_version(),
            "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__,
            "jinja2": jinja2.__version__,
        },
        "moment": MOMENT.isoformat(),
        "templates": {key: template.source for key, template in TEMPLATES.items()},
        "plain": [plain_case(name, loaded[name], *pair) for name in names for pair in PLAIN],
        "chat": [
            chat_case(name, loaded[name], key, turns, completion)
            for name, conversations in (("byte", CONVERSATIONS), ("llama", CONVERSATIONS[:1]))
            for key in TEMPLATES
            for turns in conversations
            for completion in COMPLETIONS
        ],
        "truncation": truncation_cases(),
        "pairs": [pair_case(name, loaded[name], *pair) for name in PAIRED for pair in PLAIN],
        "pair_truncation": pair_truncation_cases(),
    }
    lines = json.dumps(golden, separators=(",", ":"), ensure_ascii=True)
    (GOLDEN / "text.json").write_text(lines.replace("},{", "},\n{") + "\n")


if __name__ == "__main__":
    main()
