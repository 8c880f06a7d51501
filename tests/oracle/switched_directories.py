"""Makes model directories by combining switches, and says what transformers makes of each.

    python tests/oracle/switched_directories.py golden           writes tests/golden/switched_directories.json, for the everyday tests
    python tests/oracle/switched_directories.py COUNT SEED       prints COUNT combinations, one JSON object a line

A combination is a golden model and a few switches of switched/switches.py: what config.json, the tokenizer's
files, chat templates and names of tensors may say differently. The first combinations are single switches, each for
every family that has it; the others are drawn, two to four at once. For texts, lists of ids and chats each line
holds the score of AutoModelForSequenceClassification in float32, one text at a time, or why there is none: an
exception, or a head whose weights would be random.
"""

import contextlib
import datetime
import itertools
import json
import os
import pathlib
import random
import sys
import tempfile
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "critical"

import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from switched.directory import BASES, ENCODERS, directory_of
from switched.switches import SWITCHES

GOLDEN = pathlib.Path(__file__).parent.parent / "golden" / "switched_directories.json"
EVERYDAY = 40

TEXTS = [
    ("the movie was", " great"),
    ("The movie was a great film.", " bad end</s>"),
    ("<s>the film</s>", " terrible <pad> film end of the"),
    ("end film", " movie  film\n"),
]
IDS = [([1, 5, 9], [12, 30, 0, 0]), ([5, 2], [41, 2, 2]), ([20, 7], [33, 20])]
CHATS = [
    ([{"role": "user", "content": "was the movie great"}], "the movie was a great film"),
    (
        [{"role": "system", "content": "the end"}, {"role": "user", "content": "film"}],
        "<think>bad</think>a great movie",
    ),
]


def combinations(count, seed):
    """Lists of switches with the base that they are applied to; without end, but for single switches."""
    draw = random.Random(seed)
    singles = [(base, [each]) for each in SWITCHES for base in each.bases]
    draw.shuffle(singles)
    # Half of them at least are combined, however few there are.
    for base, switches in singles[: max(count // 2, count - len(singles))]:
        yield base, switches
    while True:
        base = draw.choice(BASES)
        groups = {}
        for each in SWITCHES:
            if base in each.bases:
                groups.setdefault(each.group, []).append(each)
        chosen = draw.sample(sorted(groups), k=draw.randint(2, 4))
        # A trainer's class without labels is given those of its head, where transformers gives up.
        if "class" in chosen and "labels" in chosen:
            chosen.remove("labels")
        yield base, [draw.choice(groups[group]) for group in chosen]


def described(base, switches, folder):
    directory = directory_of(base)
    for each in switches:
        each.apply(directory)
    directory.write(folder)
    return {
        "base": base,
        "switches": [each.name for each in switches],
        "fields": sorted({field for each in switches for field in each.fields}),
        "refusable": any(each.refusable for each in switches),
        "files": directory.files,
        "tensors": directory.tensors,
        **answers(folder, base),
    }


def answers(folder, base):
    """{"inputs"}, each with its score or error, or {"unusable"}: why transformers has no score for any."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model, info = AutoModelForSequenceClassification.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
        )
    except Exception as error:  # whatever it is, it has no score
        return {"unusable": f"{type(error).__name__}: {error}"[:300]}
    if info["missing_keys"] or info["mismatched_keys"]:
        return {"unusable": f"random weights: {sorted(map(str, info['missing_keys']))[:3]}"}
    if model.config.num_labels > 2:
        return {"unusable": f"{model.config.num_labels} labels"}
    model.eval()
    inputs = [plain(tokenizer, model, *text, pair=base in ENCODERS) for text in TEXTS]
    inputs += [ids(model, *lists) for lists in IDS]
    if base not in ENCODERS:
        inputs += [chat(tokenizer, model, *each) for each in CHATS]
    return {"inputs": inputs}


def plain(tokenizer, model, prompt, completion, pair):
    encode = lambda: tokenizer(prompt, completion) if pair else tokenizer(prompt + completion)
    return {"prompt": prompt, "completion": completion} | scored(model, encode)


def ids(model, prompt, completion):
    """A pair of lists is of the types 0 and 1, for models that have types."""
    fields = {
        "input_ids": prompt + completion,
        "token_type_ids": [0] * len(prompt) + [1] * len(completion),
    }
    return {"prompt_ids": prompt, "completion_ids": completion} | scored(model, lambda: fields)


def chat(tokenizer, model, messages, completion):
    turns = [*messages, {"role": "assistant", "content": completion}]

    def encode():
        text = tokenizer.apply_chat_template(turns, tokenize=False)
        return tokenizer(text, add_special_tokens=False)

    return {"messages": messages, "completion": completion} | scored(model, encode)


def scored(model, encode):
    try:
        fields = encode()
        given = {
            name: torch.tensor([fields[name]])
            for name in ("input_ids", "token_type_ids")
            if name in fields and (name == "input_ids" or model.config.model_type == "bert")
        }
        with torch.no_grad():
            logits = model(**given).logits[0]
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:200]}
    # The rule of Abacus: of two labels the second minus the first.
    return {"score": (logits[-1] - (logits[0] if len(logits) == 2 else 0)).item(), "ids": given["input_ids"][0].tolist()}


def lines(count, seed):
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(open(os.devnull, "w")):
        for at, (base, switches) in enumerate(itertools.islice(combinations(count, seed), count)):
            yield described(base, switches, pathlib.Path(folder) / str(at))


def main(words):
    warnings.simplefilter("ignore")
    made_by = {"torch": torch.__version__, "transformers": transformers.__version__}
    if words == ["golden"]:
        made_by["date"] = datetime.date.today().isoformat()
        text = ",\n".join(json.dumps(line, separators=(",", ":")) for line in lines(EVERYDAY, 1))
        GOLDEN.write_text(f'{{"made_by":{json.dumps(made_by)},"directories":[\n{text}\n]}}\n')
        return
    count, seed = map(int, words)
    print(json.dumps(made_by), flush=True)
    for line in lines(count, seed):
        print(json.dumps(line, separators=(",", ":")), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
