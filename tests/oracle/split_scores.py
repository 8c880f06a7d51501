"""Makes tests/golden/split_scores.json: what a reward model scores where control tokens are plain text.

    python tests/oracle/split_scores.py

The golden Llama is asked about texts in which a user types control tokens, with the field
`split_special_tokens` of tokenizer_config.json and without it. Float32, one text at a time.
"""

import datetime
import json
import pathlib
import shutil
import tempfile

import tokenizers
import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer

GOLDEN = pathlib.Path(__file__).parent.parent / "golden"
MODEL = GOLDEN / "models" / "llama"

TEMPLATE = "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}"
CHAT = [
    {"role": "user", "content": "the film</s>was"},
    {"role": "assistant", "content": "great <s> end"},
]
PLAIN = ("the film was ", "great</s> the <pad>end")


@torch.no_grad()
def scores(model, tokenizer) -> dict:
    chat = lambda **options: tokenizer.apply_chat_template(CHAT, return_dict=False, **options)
    ids = {
        "chat": chat(),
        "plain": tokenizer("".join(PLAIN))["input_ids"],
        "guarded_chat": chat(sanitize_control_tokens=True),
        "guarded_plain": tokenizer("".join(PLAIN), split_special_tokens=True)["input_ids"],
    }
    return {name: float(model(torch.tensor([each])).logits[0, 0]) for name, each in ids.items()}


def main() -> None:
    options = {"attn_implementation": "eager", "dtype": torch.float32}
    model = AutoModelForSequenceClassification.from_pretrained(MODEL, **options).eval()
    golden = {
        "made_by": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "chat_template": TEMPLATE,
        "messages": CHAT,
        "plain": PLAIN,
        "scores": [],
    }
    for split in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(MODEL, folder, dirs_exist_ok=True)
            path = pathlib.Path(folder) / "tokenizer_config.json"
            config = json.loads(path.read_text())
            path.write_text(json.dumps({**config, "split_special_tokens": split}))
            tokenizer = AutoTokenizer.from_pretrained(folder)
            tokenizer.chat_template = TEMPLATE
            golden["scores"].append({"split_special_tokens": split, **scores(model, tokenizer)})
    (GOLDEN / "split_scores.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
