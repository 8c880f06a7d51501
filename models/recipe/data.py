"""Reads the corpora, makes their text natural, and decides once which texts are
for training, which for choosing (validation) and which for the final numbers.

The corpora are lower-cased and spaced ("great !"); people type "Great!". Text for
training is made natural here; the tokenizer's normalizer does the part that needs
no memory (case, the space before a full stop), so raw text works as well.
"""
import gzip
import json
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

SEED = 2026
HELD_OUT_FOLD = 9
VALIDATION_FOLD = 8  # half of it: the reviews with an even number
HELD_OUT_SNIPPETS = 831  # of each label: 1,662
VALIDATION_SNIPPETS = 400  # of each label
OVERLAP = 6  # a text that shares this many words in a row with a held-out one is dropped


@dataclass
class Text:
    """One text: `lines` are its sentences as they stand in the corpus. `label` is
    1 (positive), 0 (negative) or None (nobody said)."""

    lines: list
    label: int | None = None
    row: int = 0
    plot: bool = False  # tells a story and does not judge

    @property
    def raw(self):
        return " ".join(self.lines)


@dataclass
class Corpus:
    reviews: dict = field(default_factory=dict)  # split name -> [Text]
    snippets: dict = field(default_factory=dict)
    sentences: list = field(default_factory=list)  # subjectivity, no label, no overlap
    products: list = field(default_factory=list)  # pros and cons


def read(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def clean(text):
    """Repairs what the corpora's own history broke: stray control bytes, entities."""
    text = text.replace("&nbsp", " ").replace("\x96", " -- ").replace("\x97", " -- ")
    text = re.sub(r"[\x80-\x9f]", "'", text)
    return re.sub(r"\s+", " ", re.sub(r"[\x00-\x1f]", " ", text)).strip()


def natural(text):
    """Joins each quotation mark to the words it quotes, and punctuation to its word."""
    text = re.sub(r' " (.*?) "(?= |$)', r' "\1"', " " + text).strip()
    text = re.sub(r" (?=[.,;:!?)\]%])", "", text)
    return re.sub(r"(?<=[(\[]) ", "", text)


def key(text):
    """What remains of a text when only its words count, to recognise copies."""
    return tuple(re.findall(r"[a-z0-9]+", text.lower()))


def runs(words):
    return {words[i:i + OVERLAP] for i in range(len(words) - OVERLAP + 1)}


def load(folder):
    folder = Path(folder)
    corpus = Corpus()
    reviews = {"train": [], "validation": [], "test": []}
    for row, r in enumerate(read(folder / "movie_reviews.jsonl.gz")):
        lines = [c for c in map(clean, r["text"].split("\n")) if c]
        even = int(re.match(r"cv(\d+)", r["id"])[1]) % 2 == 0
        split = ("test" if r["fold"] == HELD_OUT_FOLD else
                 "validation" if r["fold"] == VALIDATION_FOLD and even else "train")
        reviews[split].append(Text(lines, r["label"], row))

    # Snippets: shuffled by a seed within each label; the first 831 of each are
    # held out, the next 400 are for validation.
    rows = read(folder / "sentence_polarity.jsonl.gz")
    snippets = {"train": [], "validation": [], "test": []}
    for label in (0, 1):
        order = [i for i, r in enumerate(rows) if r["label"] == label]
        random.Random(SEED).shuffle(order)
        a, b = HELD_OUT_SNIPPETS, HELD_OUT_SNIPPETS + VALIDATION_SNIPPETS
        for split, part in (("test", order[:a]), ("validation", order[a:b]), ("train", order[b:])):
            snippets[split] += [Text([clean(rows[i]["text"])], label, i) for i in sorted(part)]

    # Nothing that trains may contain what is held out. A snippet or a sentence of
    # another corpus goes if it equals, or shares six words in a row with, a
    # held-out or validation snippet; a sentence of a training review goes if it
    # stands in a review of the held-out fold.
    test = {key(t.raw) for t in snippets["test"]}
    snippets["validation"] = [t for t in snippets["validation"] if key(t.raw) not in test]
    kept = test | {key(t.raw) for t in snippets["validation"]}
    snippets["train"] = [t for t in snippets["train"] if key(t.raw) not in kept]
    kept_runs = set().union(*(runs(k) for k in kept))
    seen = kept | {key(t.raw) for t in snippets["train"]}
    for r in read(folder / "subjectivity.jsonl.gz"):
        text = clean(r["text"])
        k = key(text)
        if k not in seen and not runs(k) & kept_runs:
            seen.add(k)
            corpus.sentences.append(Text([text], plot=r["kind"] == "plot"))
    test_lines = {key(l) for t in reviews["test"] for l in t.lines if len(key(l)) >= OVERLAP} | kept
    for t in reviews["train"]:
        t.lines = [l for l in t.lines if key(l) not in test_lines]
    corpus.products = [Text([clean(r["text"])], r["label"])
                       for r in read(folder / "product_pros_cons.jsonl.gz") if len(key(r["text"])) > 1]
    corpus.reviews, corpus.snippets = reviews, snippets
    return corpus


if __name__ == "__main__":
    import sys

    c = load(sys.argv[1])
    for name in ("reviews", "snippets"):
        print(name, {k: (len(v), sum(t.label for t in v)) for k, v in getattr(c, name).items()})
    print("sentences", len(c.sentences), "products", len(c.products))
