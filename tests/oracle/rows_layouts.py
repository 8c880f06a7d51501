"""Makes tests/golden/rows/layouts.json: rows as trainers write them, with the scores of transformers.

    python tests/oracle/rows_layouts.py

Each case is a row and what its trainer makes of it, which is written out here by hand: texts that follow one
another, or a conversation that ends in the answer. The model is the golden Llama (models.py makes it).
"""

import json
import pathlib

import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer

GOLDEN = pathlib.Path(__file__).parent.parent / "golden"
TEMPLATE = "{% for m in messages %}{{ m['role'][0] }}:{{ m['content'] }}{{ eos_token }}{% endfor %}"


def user(content: str) -> dict:
    return {"role": "user", "content": content}


def said(content: str) -> dict:
    return {"role": "assistant", "content": content}


SYSTEM = {"role": "system", "content": "Brief."}

# name, row, what is scored: (prompt, completion) or a list of messages, once for each score
CASES = [
    ("big integers are not read", '{"id":9007199254740993,"uid":18446744073709551615,"prompt":"a","completion":"b"}', [("a", "b")]),
    ("NaN in a column that nobody reads", '{"id":1,"prompt":"a","completion":"b","old_reward":NaN}', [("a", "b")]),
    ("TRL, prompt and completion in messages", {"prompt": [user("Hi")], "completion": [said("x")]}, [[user("Hi"), said("x")]]),
    ("TRL, a conversation", {"messages": [user("Hi"), said("x")]}, [[user("Hi"), said("x")]]),
    ("TRL, a preference", {"prompt": "a", "chosen": "b", "rejected": "c"}, [("a", "b"), ("a", "c")]),
    (
        "TRL, a preference in messages",
        {"prompt": [user("Hi")], "chosen": [said("x")], "rejected": [said("y")]},
        [[user("Hi"), said("x")], [user("Hi"), said("y")]],
    ),
    (
        "TRL, whole conversations in chosen and rejected",
        {"chosen": [user("Hi"), said("x")], "rejected": [user("Hi"), said("y")], "score_chosen": 3},
        [[user("Hi"), said("x")], [user("Hi"), said("y")]],
    ),
    (
        "UltraFeedback, a prompt in text that the conversations repeat",
        {"prompt": "Hi", "chosen": [user("Hi"), said("x")], "rejected": [user("Hi"), said("y")], "messages": [user("Hi"), said("z")]},
        [[user("Hi"), said("x")], [user("Hi"), said("y")]],
    ),
    ("TRL, a prompt that is the texts' beginning", {"chosen": "H: a A: b", "rejected": "H: a A: c"}, [("H: a A:", " b"), ("H: a A:", " c")]),
    ("Alpaca without a system or history", {"instruction": "a", "output": "b"}, [[user("a"), said("b")]]),
    ("Alpaca with an input", {"instruction": "a", "input": "i", "output": "b"}, [[user("a\ni"), said("b")]]),
    (
        "Alpaca with all there is",
        {"instruction": "a", "input": "", "output": "b", "system": "Brief.", "history": [["q", "r"]]},
        [[SYSTEM, user("q"), said("r"), user("a"), said("b")]],
    ),
    (
        "Alpaca, a preference",
        {"instruction": "a", "input": "", "chosen": "b", "rejected": "c"},
        [[user("a"), said("b")], [user("a"), said("c")]],
    ),
    (
        "ShareGPT",
        {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "x"}], "system": "Brief.", "tools": "[]"},
        [[SYSTEM, user("Hi"), said("x")]],
    ),
    (
        "ShareGPT, a preference",
        {"conversations": [{"from": "human", "value": "Hi"}], "chosen": {"from": "gpt", "value": "x"}, "rejected": {"from": "gpt", "value": "y"}},
        [[user("Hi"), said("x")], [user("Hi"), said("y")]],
    ),
    (
        "verl, several responses to a prompt in messages",
        {"data_source": "gsm8k", "prompt": [user("2+2?")], "reward_model": {"style": "rule", "ground_truth": "4"}, "responses": ["4", "5"]},
        [[user("2+2?"), said("4")], [user("2+2?"), said("5")]],
    ),
    ("OpenRLHF, input and output", {"input": "a", "output": "b"}, [("a", "b")]),
    ("prompt and response", {"prompt": "a", "response": "b"}, [("a", "b")]),
    ("question and answer", {"question": "a", "answer": "b"}, [("a", "b")]),
    ("query and response", {"query": "a", "response": "b"}, [("a", "b")]),
    ("keys that are null, as Arrow writes them", {"messages": [{**user("Hi"), "name": None, "tool_calls": None}], "completion": "x"}, [[user("Hi"), said("x")]]),
    ("keys that the template does not read", {"messages": [{**user("Hi"), "weight": 1}], "completion": "x"}, [[user("Hi"), said("x")]]),
    (
        "content in parts",
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "H"}, {"type": "text", "text": "i"}]}, said("x")]},
        [[user("Hi"), said("x")]],
    ),
]


def main() -> None:
    folder = GOLDEN / "models" / "llama"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()

    def score(scored) -> float:
        if isinstance(scored, tuple):
            ids = tokenizer("".join(scored)).input_ids
        else:
            text = tokenizer.apply_chat_template(scored, chat_template=TEMPLATE, tokenize=False)
            ids = tokenizer(text, add_special_tokens=False).input_ids
        assert len(ids) <= model.config.max_position_embeddings
        with torch.no_grad():
            return model(torch.tensor([ids])).logits[0, 0].item()

    cases = [
        {"name": name, "row": row if isinstance(row, str) else json.dumps(row), "scores": [score(each) for each in scored]}
        for name, row, scored in CASES
    ]
    stated = {"transformers": transformers.__version__, "model": "llama", "chat_template": TEMPLATE, "cases": cases}
    (GOLDEN / "rows" / "layouts.json").write_text(json.dumps(stated, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
