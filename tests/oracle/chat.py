"""Makes tests/golden/chat.json: conversations as transformers renders, tokenises and scores them.

    python tests/oracle/chat.py

Each case is a conversation with a completion and a chat template, on the tiny Llama of tests/golden/models.
Messages go to `apply_chat_template` as they are, null keys too; parts of a content are joined before.
"""

import datetime
import json

import torch
import transformers

from answers import numbers
from families import MODELS
from models import FOLDER

HI = {"role": "user", "content": "Hi"}
GREAT = "It was great."
THINK = "<think>\nhm\n</think>\n\nIt was great."
CALL = {"type": "function", "function": {"name": "f", "arguments": {"a": [1, None, True]}}}

LOOP = "{{ bos_token }}{% for m in messages %}BODY{% endfor %}"
TEMPLATES = {
    "headed": LOOP.replace("BODY", "<|{{ m.role }}|>\n\n{{ m.content | trim }}</s>"),
    "continue": LOOP.replace(
        "BODY",
        "{% if m.role == 'system' %}<|system|>{{ m.content }}</s>{% continue %}{% endif %}"
        "<|{{ m.role }}|>{{ m.content }}</s>",
    ),
    "break": LOOP.replace("BODY", "{{ m.content }}{% if loop.last %}</s>{% break %}{% endif %};"),
    "with": "{% with x = 1 %}" + LOOP.replace("BODY", "{{ x }}{{ m.content }}") + "{% endwith %}",
    "raw": "{% raw %}{{x}}{% endraw %}" + LOOP.replace("BODY", "{{ m.content }}"),
    "percent": LOOP.replace("BODY", "{{ '%s: %s\n' % (m.role, m.content) }}"),
    "listed": LOOP.replace("BODY", "{{ m.role|title }}: {{ m.content|list|join }}\n"),
    "printed": LOOP.replace("BODY", "{{ m.role == 'user' }}{{ none }}{{ ['a', 1.0] }}{{ m.content }}</s>"),
    "answer": LOOP.replace("BODY", "<|{{ m.role }}|>{{ m.content.split('</think>')[-1].lstrip('\n') }}</s>"),
    "keyed": LOOP.replace(
        "BODY",
        "<|{{ m.role }}{{ ' ' ~ m.name if 'name' in m }}|>{{ m.content }}"
        "{% if m.tool_calls %}{{ m.tool_calls | tojson }}{% endif %}</s>",
    ),
}

CASES = [
    ("headed", [HI], GREAT),
    ("headed", [HI], "  It was great.\n"),
    ("headed", [{"role": "user", "content": [{"type": "text", "text": "The "}, {"type": "text", "text": "movie"}]}], GREAT),
    ("continue", [HI], GREAT),
    ("continue", [{"role": "system", "content": "Be kind."}, HI], GREAT),
    ("break", [HI], GREAT),
    ("with", [HI], GREAT),
    ("raw", [HI], GREAT),
    ("percent", [HI], GREAT),
    ("listed", [HI], GREAT),
    ("printed", [HI], GREAT),
    ("answer", [HI], THINK),
    ("answer", [HI], GREAT),
    ("answer", [HI], f"{GREAT}</think>{GREAT}"),
    ("keyed", [{**HI, "name": None, "tool_calls": None}], GREAT),
    ("keyed", [{**HI, "name": "Ann", "weight": 1}], GREAT),
    ("keyed", [HI, {"role": "assistant", "content": None, "tool_calls": [CALL]}, {"role": "tool", "content": "ok"}], GREAT),
]


def joined(message):
    content = message.get("content")
    if not isinstance(content, list):
        return message
    return {**message, "content": "".join(part["text"] for part in content)}


def case_of(entry, model, encode, case):
    name, messages, completion = case
    chat = [*map(joined, messages), {"role": "assistant", "content": completion}]
    options = {"chat_template": TEMPLATES[name]}
    text = encode.apply_chat_template(chat, tokenize=False, **options)
    ids = encode.apply_chat_template(chat, return_dict=False, **options)
    score = model(torch.tensor([ids])).logits[0].detach()
    case = {"template": name, "messages": messages, "completion": completion}
    return {**case, "text": text, "ids": ids, "score": numbers(score)[0]}


def main():
    entry = MODELS["llama"]
    model = entry.load(FOLDER / "llama", torch.float32)
    encode = transformers.AutoTokenizer.from_pretrained(FOLDER / "llama")
    found = {
        "made_by": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "templates": TEMPLATES,
        "cases": [case_of(entry, model, encode, case) for case in CASES],
    }
    lines = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (FOLDER.parent / "chat.json").write_text(lines.replace('},{"template', '},\n{"template') + "\n")


if __name__ == "__main__":
    main()
