"""Makes tests/golden/jinja from Jinja as transformers sets it up for chat templates.

    python tests/oracle/jinja.py FOLDER        both files again; FOLDER holds published templates (*.jinja,
                                               *tokenizer_config.json)
    python tests/oracle/jinja.py --stream      answers {"seed", "count"} with as many generated cases, a line each

A case is a template with the text that it renders to, or with the name of what it raises. Cases whose text
Python prints differently at every run (the place of an object in memory) are left out.
"""

import copy
import datetime
import gzip
import json
import pathlib
import platform
import sys

import jinja2
import transformers
from transformers.utils import chat_template_utils

from jinja_generator import DATA, Generator

FOLDER = pathlib.Path(__file__).parent.parent / "golden" / "jinja"
MOMENT = datetime.datetime(2026, 3, 7, 9, 5, 4)

TOOL_CALL = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Köln", "days": 3, "exact": True}}}
USER = {"role": "user", "content": "What is the weather? \U0001f600"}
CONVERSATIONS = [
    [USER],
    [{"role": "system", "content": " Be brief.\n"}, USER, {"role": "assistant", "content": "  It's fine.\n"}],
    [USER, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nIt was great."}],
    [USER, {"role": "assistant", "content": "Sun.", "reasoning_content": "Look.\n"}, USER,
     {"role": "assistant", "content": "Rain <b>"}],
    [USER, {"role": "assistant", "content": "", "tool_calls": [TOOL_CALL]},
     {"role": "tool", "content": "{\"sky\": \"clear\"}", "name": "weather"}, {"role": "assistant", "content": "Clear."}],
    [{"role": "assistant", "content": "I begin."}, USER, USER],
    [{"role": "user", "content": [{"type": "text", "text": "In parts"}, {"type": "image"}]}],
]


class FixedClock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return MOMENT


def outcome(render):
    try:
        return {"text": render()}
    except jinja2.exceptions.TemplateSyntaxError as error:
        return {"raises": "syntax", "message": str(error)}
    except jinja2.exceptions.TemplateError as error:
        kind = "raised" if type(error) is jinja2.exceptions.TemplateError else type(error).__name__
        return {"raises": kind, "message": str(error)}
    except Exception as error:
        return {"raises": type(error).__name__, "message": str(error)[:200]}


def generated(seed):
    source = Generator(seed).template()
    case = {"seed": seed, "source": source}
    data = copy.deepcopy(DATA)  # a template may change what it is given
    return case | outcome(lambda: chat_template_utils._compile_jinja_template(source).render(**data))


def is_stable(case):
    text = case.get("text", "")
    return " at 0x" not in text and len(text) < 4_000 and len(case["source"]) < 3_000


def generated_cases(first, count):
    cases = []
    seed = first
    while len(cases) < count:
        case = generated(seed)
        if is_stable(case):
            cases.append(case)
        seed += 1
    return cases


def published(folder):
    sources = {path.name: path.read_text() for path in sorted(folder.rglob("*.jinja"))}
    for path in sorted(folder.rglob("*tokenizer_config.json")):
        template = json.loads(path.read_text()).get("chat_template")
        if isinstance(template, str):
            sources[path.name] = template
    tokens = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    return [
        {"name": name, "source": source, "outcomes": [
            outcome(lambda: chat_template_utils.render_jinja_template([chat], chat_template=source, **tokens)[0][0])
            for chat in CONVERSATIONS
        ]}
        for name, source in sources.items()
    ]


def write(name, content):
    versions = {
        "python": platform.python_version(),
        "transformers": transformers.__version__,
        "jinja2": jinja2.__version__,
    }
    golden = {"made_by": "tests/oracle/jinja.py", "versions": versions, **content}
    text = json.dumps(golden, ensure_ascii=False, separators=(",", ":"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / name).write_bytes(gzip.compress(text.encode(), mtime=0))


def stream():
    print(json.dumps({"jinja2": jinja2.__version__}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(generated_cases(asked["seed"], asked["count"])), flush=True)


def folds_no_failing_slice(as_const):
    """Jinja evaluates constants when it compiles. A slice of a number, which fails when it is evaluated later, is
    undefined then, as in `{{ 3[1:] }}`. No template means that, so it is not what Abacus is held to."""

    def folded(node, eval_ctx=None):
        value = as_const(node, eval_ctx)
        if isinstance(node.arg, jinja2.nodes.Slice) and isinstance(value, jinja2.Undefined):
            raise jinja2.nodes.Impossible()
        return value

    return folded


def main():
    chat_template_utils.datetime = FixedClock
    jinja2.nodes.Getitem.as_const = folds_no_failing_slice(jinja2.nodes.Getitem.as_const)
    if sys.argv[1:] == ["--stream"]:
        return stream()
    if sys.argv[1:]:
        conversations = {"moment": MOMENT.isoformat(), "conversations": CONVERSATIONS}
        write("published.json.gz", conversations | {"templates": published(pathlib.Path(sys.argv[1]))})
    write("generated.json.gz", {"data": DATA, "cases": generated_cases(0, 800)})


if __name__ == "__main__":
    main()
