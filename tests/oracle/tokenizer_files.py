"""Makes tests/golden/tokenizer_files.json: what AutoTokenizer makes of a directory's tokenizer files.

    python tests/oracle/tokenizer_files.py

Each case is one of the tokenizers of tests/golden/text with other files beside it. The cases stand in
tokenizer_file_cases.py; here are the questions that transformers answers for each of them.
"""

import datetime
import json
import logging
import pathlib
import tempfile

import tokenizers
import transformers
from transformers import AutoTokenizer
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES, tokenizer_class_from_name
from transformers.tokenization_python import PythonBackend
from transformers.tokenization_utils_tokenizers import TokenizersBackend

from tokenizer_file_cases import CASES

GOLDEN = pathlib.Path(__file__).parent.parent / "golden"

TEXTS = [
    "The movie was great, the end.",
    " the  End\tof the\nfilm ",
    "",
    "schöner Film ÇA Où 你好",
    "<s>the</s> <|eot|>end <unk>[SEP]x[MASK] the",
    "the<|user|> end<|assistant|>  the\n<image> <|im_start|>  x  <extra>the <mask> end",
    "<|endoftext|>was<pad> great",
    "It's (great)-great_the 1234!",
]
PAIRS = [("The movie", " was great."), ("<s>the", "end</s> [SEP]")]
CONVERSATION = [
    {"role": "user", "content": "What about <|eot|> the end</s>?"},
    {"role": "assistant", "content": "  <image>The [SEP]end<|im_start|>\n"},
]

# Families that Abacus serves or may, and those whose class it refuses.
MODEL_TYPES = """
    llama mistral gemma gemma2 gemma3_text gpt_neox gpt2 gptj phi3 opt qwen2 qwen3 internlm2 bert roberta xlm-roberta
    camembert distilbert electra deberta deberta-v2 modernbert albert
""".split()


def write(folder: pathlib.Path, case: dict) -> None:
    base = json.loads((GOLDEN / "text" / case["base"] / "tokenizer.json").read_text())
    for key, value in case.get("tokenizer", {}).items():
        base[key] = {**base["model"], **value} if key == "model" else value
    for at in range(case.get("filler", 0)):
        base["model"]["vocab"][f"filler{at}"] = len(base["model"]["vocab"])
    for at, content in source(base, case.get("vocabulary")).items():
        (folder / at).write_text(content)
    for name, content in case["files"].items():
        # newline="" keeps line ends as the case has them.
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text, newline="")


def source(base: dict, vocabulary: str | None) -> dict[str, str]:
    """tokenizer.json, or the files of its vocabulary alone."""
    model = base["model"]
    if vocabulary is None:
        return {"tokenizer.json": json.dumps(base)}
    if vocabulary == "vocab.txt":
        return {"vocab.txt": "".join(f"{word}\n" for word in sorted(model["vocab"], key=model["vocab"].get))}
    merges = "".join(f"{merge if isinstance(merge, str) else ' '.join(merge)}\n" for merge in model["merges"])
    return {"vocab.json": json.dumps(model["vocab"]), "merges.txt": f"#version: 0.2\n{merges}"}


def attempt(answer):
    """The answer, or null where transformers has none; the library's panics are no Exception."""
    try:
        return answer()
    except BaseException:
        return None


def answers(case: dict) -> dict:
    with tempfile.TemporaryDirectory() as name:
        write(pathlib.Path(name), case)
        try:
            tokenizer = AutoTokenizer.from_pretrained(name)
        except Exception as error:
            return {"refused": f"{type(error).__name__}: {str(error)[:100].replace(name, '')}"}
        ids = lambda **options: [attempt(lambda: tokenizer(text, **options)["input_ids"]) for text in TEXTS]
        pairs = [attempt(lambda: tokenizer([first], [second])) or {} for first, second in PAIRS]
        chat = lambda **options: attempt(
            lambda: tokenizer.apply_chat_template(CONVERSATION, return_dict=False, **options)
        )
        return {
            "class": type(tokenizer).__name__,
            "named": tokenizer.special_tokens_map,
            "framed": ids(),
            "plain": ids(add_special_tokens=False),
            "split": ids(split_special_tokens=True),
            "pairs": [pair.get("input_ids", [None])[0] for pair in pairs],
            "types": [pair.get("token_type_ids", [None])[0] for pair in pairs],
            "chat": chat(),
            "sanitized": chat(sanitize_control_tokens=True),
            "decoded": attempt(lambda: tokenizer.decode(tokenizer(TEXTS[0], add_special_tokens=False)["input_ids"])),
        }


def own_classes() -> list[str]:
    """The names under which transformers knows a class of its own, not the general one."""
    named = {name for name in dir(transformers) if name.endswith(("Tokenizer", "Backend"))}
    named |= {name.removesuffix("Fast") for name in TOKENIZER_MAPPING_NAMES.values() if name}
    general = (TokenizersBackend, PythonBackend, None)
    return sorted(name for name in named if attempt(lambda: tokenizer_class_from_name(name)) not in general)


def main() -> None:
    logging.disable(logging.WARNING)
    transformers.logging.set_verbosity_error()
    golden = {
        "made_by": {
            "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "texts": TEXTS,
        "pairs": PAIRS,
        "conversation": CONVERSATION,
        "classes": own_classes(),
        "registered": {each: TOKENIZER_MAPPING_NAMES.get(each) for each in MODEL_TYPES},
        "cases": [{**case, "answers": answers(case)} for case in CASES],
    }
    text = json.dumps(golden, separators=(",", ":")).replace('},{"name"', '},\n{"name"')
    (GOLDEN / "tokenizer_files.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
