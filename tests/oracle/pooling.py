"""Makes tests/golden/pooling.json: where transformers reads the score, and what it reads there.

    python tests/oracle/pooling.py            all of it
    python tests/oracle/pooling.py NAME...    the cases of these models, the others as they stand

Models of tests/golden/models, one a class, under every `pad_token_id` that a config.json may have: the token of
padding, the token that ends texts, none, no field at all, and the -1 of old files (encoders under the first two and
without the field: RoBERTa numbers its positions by it and cannot do without). Each is asked about sequences of ids
that hold or end in either token, and two of them about texts too, also closed as trainers close them.

`position` is not computed by any rule: it is the row of the last hidden states at which the answer has a gradient.
One sequence at a time and without an attention mask, as the ids stand. Texts are tokenised by transformers; the
shares of their completions' tokens are the attention of that row, renormalised.

What trainers do to a text before they tokenise it, restated:

    TRL       appends the text of the end token, unless the text ends in it (RewardTrainer, plain data sets)
    OpenRLHF  takes line breaks off the end, appends a space and the end token unless the text ends in it, cuts
              on the right, and overwrites the last id by that of the end token (RewardDataset)
"""

import contextlib
import datetime
import json
import pathlib
import random
import sys
import tempfile

import numpy
import torch
import transformers

from answers import joined, numbers
from families import MODELS
from golden_model import TYPED, inputs_of, rows_of
from models import FOLDER

READ_AT_ONE = {name: entry for name, entry in MODELS.items() if entry.pooling != "mean"}
FAMILIES = list({entry.kind: name for name, entry in reversed(READ_AT_ONE.items())}.values())[::-1]
WITH_TEXTS = ["llama", "gpt2"]
PAD, EOS = 0, 2
SETTINGS = {
    "last": [PAD, EOS, "absent", None, -1],
    "before padding": [PAD, EOS, "absent", None, -1],
    "end": [PAD, EOS, None],
    "first": [PAD, EOS, "absent"],
}
TEXTS = [
    ("The movie", " was great."),
    ("The movie", " was great.</s>"),
    ("The movie</s>", " was great.</s></s>"),
    ("The movie", " was</s> great."),
    ("The movie", "</s>"),
    ("The movie", " was great.\n\n"),
    ("", "</s>"),
]


def sequences(vocabulary):
    """Texts that hold either token at the end, in the middle and at the start, and texts of nothing else."""
    chance = random.Random(8)
    draw = lambda count: [chance.randrange(5, vocabulary) for _ in range(count)]
    made = [draw(6), draw(1), [PAD] * 3, [EOS] * 3, [PAD, EOS], [EOS]]
    for token in (PAD, EOS):
        text = draw(5)
        made += [[*text, token], [*text, token, token, token], [*draw(3), token, *draw(2)]]
        made += [[token, token, *draw(3)], [*draw(1), token, token], [*draw(2), token, *draw(2), token]]
    return made + [[*draw(4), EOS, PAD, PAD], [*draw(4), PAD, EOS]]


@contextlib.contextmanager
def altered(name, setting):
    """The model as transformers loads it from its folder, with another `pad_token_id` in config.json."""
    entry, folder = MODELS[name], FOLDER / name
    with tempfile.TemporaryDirectory() as copy:
        for file in folder.glob("*.safetensors*"):
            (pathlib.Path(copy) / file.name).symlink_to(file)
        config = json.loads((folder / "config.json").read_text())
        config.pop("pad_token_id", None)
        config |= {} if setting == "absent" else {"pad_token_id": setting}
        (pathlib.Path(copy) / "config.json").write_text(json.dumps(config))
        yield entry, entry.load(pathlib.Path(copy), torch.float32)


def read(entry, model, ids):
    """What the head answers at every position, and the position that the model takes."""
    sequence = {"ids": ids, "types": [0] * len(ids)} if entry.pooling in TYPED else {"ids": ids}
    states = []
    hook = model.base_model.register_forward_hook(lambda _, __, out: states.append(out.last_hidden_state))
    output = model(torch.tensor([ids]), **inputs_of(sequence), output_attentions=True)
    hook.remove()
    [gradient] = torch.autograd.grad(output.logits.sum(), states)
    [position] = gradient[0].abs().sum(-1).nonzero().flatten().tolist()
    rows = entry.head(model, rows_of(states[0])).detach()
    assert torch.allclose(rows[position], output.logits[0], atol=1e-5)
    answer = {**sequence, "position": position, "rows": [numbers(row) for row in rows]}
    return answer, output.attentions[-1][0].mean(0)[position].detach()


def text_case(entry, model, encode, prompt, completion):
    encoding, own, spans = joined(encode, prompt, completion)
    answer, attention = read(entry, model, encoding.ids)
    weights = numpy.array([attention[i] for i in own], dtype=numpy.float64)
    shares = (weights / weights.sum()).tolist() if weights.sum() > 0 else []
    return {"prompt": prompt, "completion": completion, **answer, "offsets": spans, "credit": shares}


def closed_cases(entry, model, encode):
    """The ids that trainers make of the same texts, and what the model answers to them."""
    end = encode.eos_token
    for prompt, completion in TEXTS:
        text = prompt + completion
        ids = encode(text if text.endswith(end) else text + end)["input_ids"]
        yield {"trainer": "TRL", "prompt": prompt, "completion": completion, **read(entry, model, ids)[0]}
        text = text.rstrip("\n")
        text = text if text.endswith(end) else f"{text} {end}"
        for most in (256, len(encode(prompt)["input_ids"]) + 2):
            ids = encode(text, max_length=most, truncation=True, add_special_tokens=False)["input_ids"]
            ids[-1] = encode.eos_token_id
            case = {"trainer": "OpenRLHF", "max_length": most, "prompt": prompt, "completion": completion}
            yield case | read(entry, model, ids)[0]


def settings_of(name):
    """Those under which transformers loads the model: its default may lie beyond a small vocabulary (Phi-3)."""
    entry = MODELS[name]
    usual = entry.kind.config_class().pad_token_id or 0
    return [each for each in SETTINGS[entry.pooling] if each != "absent" or usual < entry.config.vocab_size]


def cases_of(name, setting):
    with altered(name, setting) as (entry, model):
        found = {"model": name, "pad_token_id": setting}
        found["sequences"] = [read(entry, model, ids)[0] for ids in sequences(model.config.vocab_size)]
        if setting != EOS:  # the numbers of one setting are enough
            found["sequences"] = [each | {"rows": []} for each in found["sequences"]]
        if name in WITH_TEXTS and setting in (PAD, EOS):
            encode = entry.tokenizer()
            found["texts"] = [text_case(entry, model, encode, *text) for text in TEXTS]
            found["closed"] = list(closed_cases(entry, model, encode))
        return found


def main(names):
    path = FOLDER.parent / "pooling.json"
    known = json.loads(path.read_text())["cases"] if names else []
    kept = [case for case in known if case["model"] not in names]
    found = {
        "made_by": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "cases": kept + [cases_of(name, setting) for name in names or FAMILIES for setting in settings_of(name)],
    }
    lines = json.dumps(found, separators=(",", ":"))
    path.write_text(lines.replace('},{"', '},\n{"') + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
