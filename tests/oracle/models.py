"""Makes tests/golden/models from transformers: tiny random reward models and what they answer.

    python tests/oracle/models.py             every model that has no folder yet
    python tests/oracle/models.py NAME...     these, again where they are there already

Every folder is an ordinary Hugging Face directory. Its golden.json holds, per sequence of ids (and token types,
where the model is given some), the positions that are pooled, the logits at every position and the
head-averaged last-layer attention of the pooled position (`output_attentions=True`, eager), computed one
sequence at a time without padding. Where the folder has a tokenizer, golden.json also holds scored texts:
score, spans and shares found from transformers' offset mapping alone; `pairs` are the same for texts
that are given as two. Run gradients.py afterwards.

The models themselves stand in families/, one table a family.
"""

import datetime
import json
import pathlib
import shutil
import sys

import tokenizers
import torch
import transformers

from answers import answer, joined, paired, text_case
from families import MODELS
from sequences import TEXTS

FOLDER = pathlib.Path(__file__).parent.parent / "golden" / "models"


def golden_of(entry, model, encode):
    golden = {
        "made_by": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "sequences": [answer(entry, model, sequence) for sequence in entry.sequences],
    }
    ways = {"texts": joined} | ({"pairs": paired} if entry.pairs else {})
    for kind, encoding in ways.items() if encode else ():
        golden[kind] = [
            {"prompt": prompt, "completion": completion}
            | text_case(entry, model, encoding(encode, prompt, completion))
            for prompt, completion in TEXTS
        ]
    return golden


def make(name, folder):
    entry = MODELS[name]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    entry.save(entry.draw(name), folder)
    model = entry.load(folder, torch.float32)
    encode = entry.tokenizer() if entry.tokenizer else None
    if encode:
        encode.save_pretrained(folder)
    golden = golden_of(entry, model, encode)
    entry.check(model, lambda model, sequence: answer(entry, model, sequence))
    (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


def main(names):
    for name in names or MODELS:
        if names or not (FOLDER / name).exists():
            make(name, FOLDER / name)


if __name__ == "__main__":
    main(sys.argv[1:])
