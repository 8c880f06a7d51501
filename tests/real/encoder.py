"""What transformers makes of a hundred real texts with a real encoder, for tests/real/encoder_test.ts.

    python tests/real/encoder.py DIRECTORY WORK

DIRECTORY and WORK are the model and the downloads of models/encoder-recipe. Greets with its versions; then a line of
JSON for each text: the sample and how it is truncated, its ids and types, the logit, and the attention of the pooled
position on the tokens of the completion (last layer, mean over heads).
"""

import json
import pathlib
import sys

import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "models" / "encoder-recipe"))
from packages import read_ratings

# What reviews and tweets from before 2014 do not have.
OTHERS = [
    ("", "I laughed \U0001f602\U0001f602, I cried \U0001f62d, 10/10 \U0001f44d\U0001f3fd"),
    ("The movie was ", "\U0001f469\u200d\U0001f680\U0001f469\u200d\U0001f468\u200d\U0001f467\u200d\U0001f466 \U0001f1eb\U0001f1f7 \u2764\ufe0f"),
    ("Как вам фильм?", "Это был прекрасный фильм, хотя и слишком длинный."),
    ("この映画はどうでしたか。", "とても面白かったです。もう一度見たいと思います。"),
    ("电影怎么样？", "这部电影非常精彩，演员的表演令人难忘。"),
    ("영화 어땠어요?", "정말 재미있었어요. 배우들의 연기가 훌륭했습니다."),
    ("كيف كان الفيلم؟", "كان فيلما رائعا، لكنه طويل جدا."),
    ("איך היה הסרט?", "הסרט היה נהדר, אבל הסוף היה חלש."),
    ("फ़िल्म कैसी थी?", "फ़िल्म बहुत अच्छी थी, लेकिन अंत कमज़ोर था।"),
    ("หนังเป็นอย่างไรบ้าง", "หนังสนุกมาก แต่ยาวไปหน่อย"),
    ("Ça valait le coup ?", "Oui\u00a0! Un chef-d’œuvre… naïf, façonné, e\u0301mouvant, et « très » long."),
    ("ﬁne \u200bZ̷a̷l̷g̷o̷", "Ｆｕｌｌ　ｗｉｄｔｈ, ½ ①, \u202eright to left\u202c, tab\tline\nend\x00."),
]
CONTEXT = 512


def halves(text):
    """Prompt and completion, parted at a space."""
    at = text.find(" ", len(text) // 2)
    return (text[:at], text[at:]) if at > 0 else ("", text)


def editorials(rows):
    """The sentences of editorials, three to a text, which exceed the context."""
    articles = {}
    for key, _, sentence in rows:
        articles.setdefault(key.split("_")[0], []).append(sentence)
    longest = sorted(articles.values(), key=lambda lines: -sum(map(len, lines)))
    return [" ".join(longest[at] + longest[at + 14] + longest[at + 28]) for at in range(14)]


def texts(work):
    """(prompt, completion, truncation): a hundred."""
    snippets = [text for _, _, text in read_ratings(work, "movieReviewSnippets")]
    accented = [text for text in snippets if not text.isascii()]
    tweets = [text for _, _, text in read_ratings(work, "tweets")]
    made = [("", text, "none") for text in snippets[::530][:20]]
    made += [(*halves(text), "none") for text in [*snippets[100::530][:20], *accented[:14], *tweets[::210][:20]]]
    made += [(*other, "none") for other in OTHERS]
    long = editorials(read_ratings(work, "nytEditorialSnippets"))
    made += [(text[:200], text[200:], "right") for text in long[:8]]
    made += [(text[:-200], text[-200:], "left") for text in long[8:]]
    assert len(made) == 100, len(made)
    return made


def encoded(tokenizer, prompt, completion, truncation):
    """For pairs, Abacus cuts the start of the prompt or the end of the completion."""
    tokenizer.truncation_side = "left" if truncation == "left" else "right"
    strategy = {"none": False, "left": "only_first", "right": "only_second"}[truncation]
    # Lists, for an empty text that stands alone is taken for none.
    return tokenizer([prompt], [completion], truncation=strategy, max_length=CONTEXT)


@torch.no_grad()
def answer(tokenizer, model, prompt, completion, truncation):
    made = encoded(tokenizer, prompt, completion, truncation)
    ids, types = made["input_ids"][0], made["token_type_ids"][0]
    output = model(torch.tensor([ids]), token_type_ids=torch.tensor([types]), output_attentions=True)
    row = output.attentions[-1][0].mean(0)[0]
    own = [at for at, text in enumerate(made.encodings[0].sequence_ids) if text == 1]
    return {
        "prompt": prompt,
        "completion": completion,
        "truncation": truncation,
        "ids": ids,
        "types": types,
        "logit": output.logits[0, 0].item(),
        "attention": [row[at].item() for at in own],
    }


def main(directory, work):
    transformers.utils.logging.disable_progress_bar()
    options = {"dtype": torch.float32, "attn_implementation": "eager", "output_loading_info": True}
    model, info = AutoModelForSequenceClassification.from_pretrained(directory, **options)
    tokenizer = AutoTokenizer.from_pretrained(directory)
    assert not info["missing_keys"] and not info["mismatched_keys"], info
    print(json.dumps({"torch": torch.__version__, "transformers": transformers.__version__}), flush=True)
    for each in texts(pathlib.Path(work)):
        print(json.dumps(answer(tokenizer, model.eval(), *each)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
