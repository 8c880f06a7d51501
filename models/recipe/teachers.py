"""Linear teachers: what bags of words and of characters know about every training text.

A network this small, with so few labels, learns more from "74 % positive" than from
"positive". Five linear models of sentences and two of reviews are fitted on the
training part, cross-fitted: a text's teachers have seen neither it nor its review.
Stacked, they also label what has no label: the sentences of the reviews, the
subjectivity sentences, and segments of reviews of every length.
"""
import random
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression

SEED = 3
FOLDS = 5
EXTRA = 0.1  # weight of a review's sentence or a product remark beside a snippet
WORD = r"(?u)[\w'-]+|[!?;:,.\"]"
SHRINK, TOWARDS = 0.8, 0.5
SPANS = 4  # of each snippet
SEGMENTS = 8  # of each review
LONGEST = 24  # sentences in a segment: about a full context


@dataclass
class Segment:
    """Sentences `start` to `end` of a training review, and what the teachers make of them."""

    review: int
    start: int
    end: int
    logit: float = 0.0


@dataclass
class Span:
    """Some words in a row of a training snippet."""

    snippet: int
    text: str
    logit: float = 0.0


def vectorizers():
    words = {"token_pattern": WORD}
    return {  # name: (features, inverse regularisation, naive-Bayes weights?, extra texts?)
        "words 1-3, naive Bayes": (CountVectorizer(ngram_range=(1, 3), binary=True, **words), 0.2, True, False),
        "words 1-3, naive Bayes, all": (CountVectorizer(ngram_range=(1, 3), binary=True, min_df=2, **words), 0.1, True, True),
        "words 1-2, all": (TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, **words), 3, False, True),
        "characters 3-6": (TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 6), sublinear_tf=True, min_df=2), 3, False, False),
        "characters 3-6, all": (TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 6), sublinear_tf=True, min_df=4), 3, False, True),
    }


def bayes(x, y, weight):
    """Log-ratio of how often each feature stands in positive and in negative texts."""
    p = 1 + x[y == 1].T @ weight[y == 1]
    q = 1 + x[y == 0].T @ weight[y == 0]
    return sparse.diags(np.log((p / p.sum()) / (q / q.sum())))


def linear(x, y, weight, strength, ratio):
    r = bayes((x > 0).astype(float), y, weight) if ratio else None
    model = LogisticRegression(C=strength, solver="liblinear", random_state=SEED)
    model.fit(x @ r if ratio else x, y, sample_weight=weight)
    return lambda new: model.decision_function(new @ r if ratio else new)


def stack(features, y, weight=None):
    return LogisticRegression(C=1.0).fit(features, y, sample_weight=weight)


def folds(n, labels, seed):
    """A fold number for each text, stratified by label."""
    out = np.empty(n, int)
    for label in (0, 1):
        order = [i for i in range(n) if labels[i] == label]
        random.Random(seed).shuffle(order)
        for k, i in enumerate(order):
            out[i] = k % FOLDS
    return out


def segments(corpus):
    """The same segments for every stage: of each review its opening, in several
    lengths, and pieces from anywhere; short ones as likely as long ones."""
    rng = random.Random(SEED)
    out = []
    for i, review in enumerate(corpus.reviews["train"]):
        n = len(review.lines)
        for k in range(SEGMENTS):
            size = min(n, max(1, round(LONGEST ** rng.random())))
            start = 0 if k < SEGMENTS // 3 else rng.randint(0, n - size)
            out.append(Segment(i, start, start + size))
    return out


def spans(corpus):
    """Half of them openings, as those are what a reward model reads while a text grows."""
    rng = random.Random(SEED)
    out = []
    for i, t in enumerate(corpus.snippets["train"]):
        words = t.raw.split()
        for k in range(SPANS):
            size = rng.randint(min(3, len(words)), max(min(3, len(words)), len(words) - 1))
            start = 0 if k % 2 == 0 else rng.randint(0, len(words) - size)
            out.append(Span(i, " ".join(words[start:start + size])))
    return out


def fit(corpus, say=print):
    """Log-odds for training snippets and spans of them, validation snippets, subjectivity
    sentences, every sentence of every training review, and segments of those reviews."""
    snippets, reviews = corpus.snippets["train"], corpus.reviews["train"]
    lines = [(i, l) for i, r in enumerate(reviews) for l in r.lines]
    of = np.array([i for i, _ in lines])
    parts_of = spans(corpus)
    parts = {
        "snippets": [t.raw for t in snippets],
        "spans": [s.text for s in parts_of],
        "validation": [t.raw for t in corpus.snippets["validation"]],
        "sentences": [t.raw for t in corpus.sentences],
        "lines": [l for _, l in lines],
        "products": [t.raw.lower() for t in corpus.products],
    }
    y = {
        "snippets": np.array([t.label for t in snippets]),
        "lines": np.array([reviews[i].label for i in of]),
        "products": np.array([t.label for t in corpus.products]),
    }
    fold = folds(len(snippets), y["snippets"], SEED)
    review_fold = folds(len(reviews), [r.label for r in reviews], SEED)
    line_fold = review_fold[of]

    span_fold = fold[[s.snippet for s in parts_of]]

    scores = {name: [] for name in ("snippets", "spans", "validation", "sentences", "lines")}
    for name, (features, strength, ratio, extra) in vectorizers().items():
        learn = ["snippets"] + (["lines", "products"] if extra else [])
        features.fit([t for p in learn for t in parts[p]])
        x = {p: features.transform(parts[p]).tocsr() for p in parts}
        z = {p: np.zeros(x[p].shape[0]) for p in scores}
        for k in range(FOLDS):
            use = {"snippets": fold != k, "lines": line_fold != k, "products": np.ones(len(y["products"]), bool)}
            xs = sparse.vstack([x[p][use[p]] for p in learn]).tocsr()
            ys = np.concatenate([y[p][use[p]] for p in learn])
            ws = np.concatenate([np.full(use[p].sum(), 1.0 if p == "snippets" else EXTRA) for p in learn])
            ask = linear(xs, ys, ws, strength, ratio)
            z["snippets"][fold == k] = ask(x["snippets"][fold == k])
            z["spans"][span_fold == k] = ask(x["spans"][span_fold == k])
            z["lines"][line_fold == k] = ask(x["lines"][line_fold == k])
            for p in ("validation", "sentences"):
                z[p] += ask(x[p]) / FOLDS
        for p in scores:
            scores[p].append(z[p])
        say(f"teacher {name}: {np.mean((z['snippets'] > 0) == y['snippets']):.4f} of training snippets, out of fold")
    scores = {p: np.stack(s, 1) for p, s in scores.items()}
    judge = stack(scores["snippets"], y["snippets"])
    logits = {p: judge.decision_function(s) for p, s in scores.items()}
    say(f"stacked: {np.mean((logits['snippets'] > 0) == y['snippets']):.4f}")

    pieces = segments(corpus)
    document(corpus, pieces, logits["lines"], of, review_fold, say)

    # A sentence of a review is not a snippet: most judge nothing. Its log-odds are
    # centred, shrunk, and moved a little towards what the whole review says.
    z = logits["lines"]
    logits["lines"] = SHRINK * (z - np.median(z)) + np.where(y["lines"] == 1, TOWARDS, -TOWARDS)
    for s, logit in zip(parts_of, logits["spans"]):
        s.logit = float(logit)
    return {**logits, "spans": parts_of, "segments": pieces}


def document(corpus, pieces, line_logits, of, review_fold, say):
    """Labels segments: two linear models of whole reviews and segments, and what the
    sentence teachers say of the sentences in it, stacked for short, middle and long."""
    reviews = corpus.reviews["train"]
    whole = [Segment(i, 0, len(r.lines)) for i, r in enumerate(reviews)]
    every = pieces + whole
    texts = [" ".join(reviews[s.review].lines[s.start:s.end]) for s in every]
    y = np.array([reviews[s.review].label for s in every])
    fold = review_fold[[s.review for s in every]]
    weight = np.array([0.5 / SEGMENTS] * len(pieces) + [1.0] * len(whole))
    first = np.searchsorted(of, np.arange(len(reviews)))
    within = [line_logits[first[s.review] + s.start: first[s.review] + s.end] for s in every]
    columns = [np.array([w.mean() for w in within]), np.array([w.sum() / len(w) ** 0.5 for w in within]),
               np.array([w[-3:].mean() for w in within])]
    kinds = [(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=3, token_pattern=WORD), 10, False),
             (CountVectorizer(ngram_range=(1, 2), binary=True, min_df=3, token_pattern=WORD), 0.01, True)]
    for features, strength, ratio in kinds:
        x = features.fit_transform(texts).tocsr()
        z = np.zeros(len(every))
        for k in range(FOLDS):
            z[fold == k] = linear(x[fold != k], y[fold != k], weight[fold != k], strength, ratio)(x[fold == k])
        say(f"review teacher: {np.mean((z > 0)[-len(whole):] == y[-len(whole):]):.4f} of training reviews, out of fold")
        columns.append(z)
    x = np.stack(columns, 1)
    size = np.array([s.end - s.start for s in every])
    z = np.zeros(len(every))
    for low, high in ((0, 3), (3, 9), (9, 10 ** 6)):
        at = (size > low) & (size <= high)
        z[at] = stack(x[at], y[at]).decision_function(x[at])
        say(f"segments of {low + 1} to {min(high, 99)} sentences: {np.mean((z[at] > 0) == y[at]):.4f}")
    say(f"whole training reviews, stacked: {np.mean((z[-len(whole):] > 0) == y[-len(whole):]):.4f}")
    for s, logit in zip(pieces, z):
        s.logit = float(logit)
