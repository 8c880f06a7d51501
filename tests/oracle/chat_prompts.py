"""Makes tests/golden/chat_prompts.json: conversations as transformers prepares them for a policy to continue.

    python tests/oracle/chat_prompts.py

Each case is a conversation and a chat template on a tokenizer of tests/golden/text, rendered up to where the
assistant's turn begins, as text and as ids, and the ids that the tokenizer gives that text by itself, which
for some is a second BOS.
"""

import datetime
import json
from pathlib import Path

import transformers

GOLDEN = Path(__file__).parent.parent / "golden"

HI = {"role": "user", "content": "Hi"}
KIND = {"role": "system", "content": "Be kind."}
AGAIN = [HI, {"role": "assistant", "content": "It was great."}, {"role": "user", "content": "Why?"}]

TEMPLATES = {
    "headed": "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content | trim }}{{ eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}[assistant] {% endif %}",
    "bare": "{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}"
    "{{ 'assistant:' if add_generation_prompt }}",
}

CASES = [("headed", [HI]), ("headed", [KIND, HI]), ("headed", AGAIN), ("bare", [HI]), ("bare", AGAIN)]
TOKENIZERS = ["llama", "byte"]


def case_of(tokenizer, encode, name, messages):
    options = {"chat_template": TEMPLATES[name], "add_generation_prompt": True}
    text = encode.apply_chat_template(messages, tokenize=False, **options)
    ids = encode.apply_chat_template(messages, return_dict=False, **options)
    case = {"tokenizer": tokenizer, "template": name, "messages": messages, "text": text, "ids": ids}
    return {**case, "encoded": encode(text)["input_ids"]}


def main():
    cases = []
    for tokenizer in TOKENIZERS:
        encode = transformers.AutoTokenizer.from_pretrained(GOLDEN / "text" / tokenizer)
        cases += [case_of(tokenizer, encode, *case) for case in CASES]
    found = {
        "made_by": {"transformers": transformers.__version__, "date": datetime.date.today().isoformat()},
        "templates": TEMPLATES,
        "cases": cases,
    }
    lines = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (GOLDEN / "chat_prompts.json").write_text(lines.replace('},{"tokenizer', '},\n{"tokenizer') + "\n")


if __name__ == "__main__":
    main()
