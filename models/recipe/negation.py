"""Sentences of negation, made by grammar: what a "not" does to a word of praise or blame.

The labelled texts hold few negations that turn a verdict, and bags of words, which teach most
of what the network knows, cannot see them. The adjectives are found in the training texts:
those that stand behind "very" or "so", or in "a ... film", and are clearly more frequent under
one label. Nouns
and verbs are few and listed here. No text of `negations.json`, on which negation is measured,
is ever made.
"""
import json
import math
import random
import re
from collections import Counter
from pathlib import Path

MEASURED = Path(__file__).parent / "negations.json"
LEADS = {"very", "so", "too", "really", "quite", "rather", "pretty", "extremely", "incredibly"}
ENDS = {".", ",", ";", "!", "?", "and", "but", "film", "movie"}
FILMS = {"film", "movie", "comedy", "picture", "story"}
SEEN, CLEAR = 4, 0.7  # an adjective's least count, and its least log-ratio between the labels
PLAIN, TURNED = 2.0, 1.2  # log-odds of a plain verdict, and of a negated one

SUBJECTS = ["it", "this", "the film", "the movie", "this film", "this movie", "the story", "the plot", "the script",
            "the acting", "the ending", "the music", "the dialogue", "the comedy", "the picture", "the direction"]
NOUNS = {True: ["masterpiece", "triumph", "delight", "success", "gem", "treat", "classic", "must-see", "winner"],
         False: ["mess", "failure", "disaster", "waste of time", "disappointment", "bore", "flop", "dud", "chore"]}
VERBS = {True: [("works", "work"), ("delights", "delight"), ("amuses", "amuse"), ("convinces", "convince"),
                ("surprises", "surprise"), ("moves", "move"), ("impresses", "impress"), ("succeeds", "succeed")],
         False: [("bores", "bore"), ("disappoints", "disappoint"), ("drags", "drag"), ("fails", "fail"),
                 ("annoys", "annoy"), ("stumbles", "stumble"), ("offends", "offend"), ("irritates", "irritate")]}
FEELINGS = {True: ["amused", "moved", "impressed", "entertained", "touched", "thrilled"],
            False: ["bored", "disappointed", "annoyed", "confused", "embarrassed", "irritated"]}

# Forms of one verdict, plain and negated; `{s}` a subject, `{a}` an adjective, `{n}` a noun.
PLAIN_ADJECTIVE = ["{a}", "{s} is {a}", "{s} is very {a}", "{s} was {a}", "{s} is always {a}", "a {a} film",
                   "this is a {a} movie", "is {a}", "{s} is {a}, {b}", "{a} and {b}", "there are {a} scenes",
                   "there is something {a} about it", "with a {a} moment", "a film that is {a}"]
TURNED_ADJECTIVE = ["not {a}", "not {a} at all", "{s} is not {a}", "{s} isn't {a}", "{s} wasn't {a}", "never {a}",
                    "{s} is never {a}", "{s} is not {a} at all", "{s} is by no means {a}", "{s} is far from {a}",
                    "not a {a} film", "this is not a {a} movie", "isn't {a}", "it's not {a}", "not {a}, not {b}",
                    "neither {a} nor {b}", "{s} is neither {a} nor {b}", "there are no {a} scenes", "not too {a}",
                    "there is nothing {a} about it", "without a {a} moment", "a film that is not {a}",
                    "there isn't a {a} moment", "{s} was never {a}", "the actors aren't {a}", "the jokes are not {a}"]
PLAIN_NOUN = ["a {n}", "{s} is a {n}", "this is a {n}", "what a {n}", "it turns out to be a {n}"]
TURNED_NOUN = ["not a {n}", "{s} is not a {n}", "this isn't a {n}", "{s} is no {n}", "{s} is by no means a {n}",
               "{s} is far from a {n}", "hardly a {n}", "it is hardly a {n}"]
PLAIN_VERB = ["{s} {v}", "{s} always {v}", "it {v}"]
TURNED_VERB = ["{s} does not {i}", "{s} doesn't {i}", "{s} never {v}", "it did not {i}", "{s} will not {i}"]
PLAIN_FEELING = ["i was {f}", "you will be {f}", "we were {f}"]
TURNED_FEELING = ["i was not {f}", "i wasn't {f}", "i was never {f}", "you will not be {f}", "we were not {f} at all"]
JOINTS = [", and ", ". ", "; ", " -- "]


def adjectives(corpus):
    """Clear words of praise (True) and of blame (False) of the training texts, the commonest first."""
    common, counts = Counter(), {1: Counter(), 0: Counter()}
    labelled = [(t.raw, t.label) for t in corpus.snippets["train"]]
    lines = [(line, review.label) for review in corpus.reviews["train"] for line in review.lines]
    for text, _ in labelled + lines:
        words = re.findall(r"[a-z'-]+|[.,;!?]", text.lower())
        common.update(b for a, b, c in zip(words, words[1:], words[2:] + ["."])
                      if a in LEADS and c in ENDS or a in ("a", "an") and c in FILMS)
    for text, label in labelled:
        counts[label].update(set(re.findall(r"[a-z'-]+", text.lower())))
    totals = {label: sum(of.values()) for label, of in counts.items()}
    ratio = lambda w: math.log((counts[1][w] + 1) / totals[1] * totals[0] / (counts[0][w] + 1))
    found = [w for w, n in common.most_common() if n >= SEEN and len(w) > 2 and not w.endswith("ly")
             and counts[1][w] + counts[0][w] >= 6]
    return {good: [w for w in found if (ratio(w) if good else -ratio(w)) > CLEAR] for good in (True, False)}


def clause(words, good, turned, rng):
    """A verdict on a film that is `good` or not; `turned` says it by negating the opposite."""
    of = good != turned  # the word itself praises
    a, b = rng.choice(words[of]), rng.choice(words[of])
    v, i = rng.choice(VERBS[of])
    adjective, noun, verb, feeling = (
        (TURNED_ADJECTIVE, TURNED_NOUN, TURNED_VERB, TURNED_FEELING) if turned else
        (PLAIN_ADJECTIVE, PLAIN_NOUN, PLAIN_VERB, PLAIN_FEELING))
    form = rng.choice(rng.choices([adjective, noun, verb, feeling], [6, 2, 1, 1])[0])
    return form.format(s=rng.choice(SUBJECTS), a=a, b=b, n=rng.choice(NOUNS[of]), v=v, i=i,
                       f=rng.choice(FEELINGS[of]))


def same(text):
    return tuple(re.findall(r"[a-z']+", text.lower()))


def texts(corpus, rng, count):
    """Pairs of a text and its log-odds: `count` verdicts, half of them negated, and of every fourth
    of them a training snippet of the same mind with the negated verdict behind or before it."""
    words = adjectives(corpus)
    measured = {same(t) for pair in json.loads(MEASURED.read_text()) for t in pair}
    snippets = {good: [t.raw for t in corpus.snippets["train"] if bool(t.label) == good] for good in (True, False)}
    out = []
    for k in range(count):
        good, turned = rng.random() < 0.5, k % 2 == 0
        text = clause(words, good, turned, rng)
        sign = 1 if good else -1
        if same(text) in measured:
            continue
        end = rng.choice(["", "", ".", " .", "!"])
        out.append((text + end, sign * (TURNED if turned else PLAIN)))
        if turned and k % 4 == 0:
            snippet = rng.choice(snippets[good]).rstrip(" .")
            first, second = (snippet, text) if rng.random() < 0.5 else (text, snippet)
            out.append((first + rng.choice(JOINTS) + second + ".", sign * PLAIN))
    return out


if __name__ == "__main__":
    import sys

    import data

    corpus = data.load(sys.argv[1])
    for good, found in adjectives(corpus).items():
        print("praise" if good else "blame", len(found), " ".join(found))
    for text, logit in texts(corpus, random.Random(1), 40):
        print(f"{logit:+.1f} {text}")
