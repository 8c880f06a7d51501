"""Sentences of negation, made by grammar: what a "not" does to a word of praise or blame.

The labelled texts hold few negations that turn a verdict, and bags of words, which teach most
of what the network knows, cannot see them. The adjectives are found in the training texts:
those that stand behind "very" or "so", or in "a ... film", and are clearly more frequent under
one label. Nouns and verbs are few and listed here. No text of `negations.json`, on which negation
is measured, is ever made, though most of its forms are, with other words.

To choose by, there are pairs of another kind (`validation`): of adjectives that no verdict for
training has, a quarter of them in forms that none has either.
"""
import json
import math
import random
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

MEASURED = Path(__file__).parent / "negations.json"
LEADS = {"very", "so", "too", "really", "quite", "rather", "pretty", "extremely", "incredibly", "more", "most", "as",
         "is", "was", "are", "were", "be", "being", "seems", "feels", "looks", "equally", "often", "just", "simply"}
ENDS = {".", ",", ";", "!", "?", "and", "but", "or", "film", "movie"}
FILMS = {"film", "movie", "comedy", "picture", "story", "drama", "thriller", "script", "plot", "mess", "performance"}
SEEN, CLEAR = 4, 0.7  # an adjective's least count, and its least log-ratio between the labels
PLAIN = 2.0  # log-odds of a plain verdict; those of a negated one stand in the plan
# Praise that the corpora negate or concede too often for it to be clear by counts.
CONCEDED = ["good", "great", "funny", "interesting", "original"]

SUBJECTS = ["it", "this", "the film", "the movie", "this film", "this movie", "the story", "the plot", "the script",
            "the acting", "the ending", "the music", "the dialogue", "the comedy", "the picture", "the direction"]
NOUNS = {True: ["masterpiece", "triumph", "delight", "success", "gem", "treat", "classic", "must-see", "winner"],
         False: ["mess", "failure", "disaster", "waste of time", "disappointment", "bore", "flop", "dud", "chore"]}
VERBS = {True: [("works", "work"), ("delights", "delight"), ("amuses", "amuse"), ("convinces", "convince"),
                ("surprises", "surprise"), ("moves", "move"), ("impresses", "impress"), ("succeeds", "succeed")],
         False: [("bores", "bore"), ("disappoints", "disappoint"), ("drags", "drag"), ("fails", "fail"),
                 ("annoys", "annoy"), ("stumbles", "stumble"), ("offends", "offend"), ("irritates", "irritate")]}
LIKES = {True: [("liked", "like"), ("enjoyed", "enjoy"), ("loved", "love"), ("admired", "admire")],
         False: [("disliked", "dislike"), ("resented", "resent"), ("loathed", "loathe"), ("detested", "detest")]}
QUALITIES = {True: ["wit", "warmth", "style", "grace", "passion", "imagination", "intelligence", "energy", "suspense"],
             False: ["stupidity", "pretension", "sentimentality", "padding", "bombast", "self-pity", "cliches"]}
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
                    "there isn't a {a} moment", "{s} was never {a}", "the actors aren't {a}", "the jokes are not {a}",
                    "anything but {a}", "{s} is anything but {a}", "not a single {a} scene", "there was never a {a} scene",
                    "i would not call it {a}", "{s} does not feel {a}", "{s} never gets {a}", "they aren't {a} at all"]
PLAIN_NOUN = ["a {n}", "{s} is a {n}", "this is a {n}", "what a {n}", "it turns out to be a {n}"]
TURNED_NOUN = ["not a {n}", "{s} is not a {n}", "this isn't a {n}", "{s} is no {n}", "{s} is by no means a {n}",
               "{s} is far from a {n}", "hardly a {n}", "it is hardly a {n}"]
PLAIN_VERB = ["{s} {v}", "{s} always {v}", "it {v}", "{s} never fails to {i}"]
TURNED_VERB = ["{s} does not {i}", "{s} doesn't {i}", "{s} never {v}", "it did not {i}", "{s} will not {i}",
               "{s} fails to {i}"]
PLAIN_LIKE = ["i {l} it", "i {l} this film", "we {l} it", "everyone {l} it"]
TURNED_LIKE = ["i did not {k} it", "i didn't {k} it", "i don't {k} it", "i never {l} it", "we did not {k} this film"]
PLAIN_QUALITY = ["with {q}", "{s} has {q}", "a film with {q}", "full of {q}", "not without {q}", "{s} is not without {q}"]
TURNED_QUALITY = ["without {q}", "{s} has no {q}", "a film without {q}", "there is no {q} in it", "{s} is without {q}"]
PLAIN_FEELING = ["i was {f}", "you will be {f}", "we were {f}"]
TURNED_FEELING = ["i was not {f}", "i wasn't {f}", "i was never {f}", "you will not be {f}", "we were not {f} at all"]
# Pairs to choose by: forms that training has, and forms that it has not.
KNOWN_PAIRS = [("not {a}", "{a}"), ("{s} is not {a}", "{s} is {a}"), ("{s} isn't {a} at all", "{s} is {a}"),
               ("{s} is never {a}", "{s} is {a}"), ("{s} is far from {a}", "{s} is {a}"),
               ("a film that is not {a}", "a film that is {a}")]
NEW_PAIRS = [("nobody could call {s} {a}", "anybody could call {s} {a}"),
             ("{s} is not in the least {a}", "{s} is in all ways {a}")]
SPARED = 5  # every so manieth adjective is kept for them
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
    clear = {good: [w for w in found if (ratio(w) if good else -ratio(w)) > CLEAR] for good in (True, False)}
    return {True: CONCEDED + [w for w in clear[True] if w not in CONCEDED], False: clear[False]}


def divided(words):
    """The adjectives to train on, and those to choose by."""
    kept = {good: of[SPARED - 1::SPARED] for good, of in words.items()}
    return {good: [w for w in of if w not in kept[good]] for good, of in words.items()}, kept


# Kinds of verdicts with their weights: an adjective, a noun, a verb, a feeling, a liking, a quality.
KINDS = [(6, PLAIN_ADJECTIVE, TURNED_ADJECTIVE), (2, PLAIN_NOUN, TURNED_NOUN), (1, PLAIN_VERB, TURNED_VERB),
         (1, PLAIN_FEELING, TURNED_FEELING), (1, PLAIN_LIKE, TURNED_LIKE), (1, PLAIN_QUALITY, TURNED_QUALITY)]


def clause(words, good, turned, rng):
    """A verdict on a film that is `good` or not; `turned` says it by negating the opposite."""
    of = good != turned  # the word itself praises
    a, b = rng.choice(words[of]), rng.choice(words[of])
    v, i = rng.choice(VERBS[of])
    l, k = rng.choice(LIKES[of])
    _, plain, negated = rng.choices(KINDS, [weight for weight, *_ in KINDS])[0]
    form = rng.choice(negated if turned else plain)
    return form.format(s=rng.choice(SUBJECTS), a=a, b=b, n=rng.choice(NOUNS[of]), v=v, i=i, l=l, k=k,
                       f=rng.choice(FEELINGS[of]), q=rng.choice(QUALITIES[of]))


def same(text):
    return tuple(re.findall(r"[a-z']+", text.lower()))


def measured():
    """The pairs of `negations.json`: a negated text of blame, and the plain one."""
    return [tuple(pair) for pair in json.loads(MEASURED.read_text())]


def forbidden():
    """What must not be made: the texts of those pairs."""
    return {same(text) for pair in measured() for text in pair}


def validation(words, count=200, seed=11):
    """Pairs as those of `negations.json`, of adjectives that are kept from training."""
    rng, (_, kept), never = random.Random(seed), divided(words), forbidden()
    out = []
    for k in range(count):
        a, s = rng.choice(kept[False]), rng.choice(SUBJECTS)
        pair = [form.format(a=a, s=s) for form in rng.choice(NEW_PAIRS if k % 4 == 0 else KNOWN_PAIRS)]
        if not never & set(map(same, pair)):
            out.append(tuple(pair))
    return out


def taught(text):
    """Whether the grammar makes the form of this text, with whatever words."""
    forms = [form for _, plain, negated in KINDS for form in plain + negated]
    slot = lambda name: {"s": r"(i|it|she|(the|this|that) [a-z]+|there)", "n": r"[a-z-]+( of time)?"}.get(name, r"[a-z'-]+")
    patterns = [re.sub(r"\\{(.)\\}", lambda m: slot(m[1]), re.escape(form)) for form in forms]
    return any(re.fullmatch(pattern, text.lower().rstrip(".")) for pattern in patterns)


def texts(corpus, words, rng, plan):
    """Pairs of a text and its log-odds: as many verdicts as the plan says, half of them negated, and of every
    fourth of them a training snippet of the same mind with the negated verdict behind or before it."""
    (words, _), never = divided(words), forbidden()
    snippets = {good: [t.raw for t in corpus.snippets["train"] if bool(t.label) == good] for good in (True, False)}
    out = []
    for k in range(plan.negated):
        good, turned = rng.random() < 0.5, k % 2 == 0
        text = clause(words, good, turned, rng)
        sign = 1 if good else -1
        if same(text) in never:
            continue
        end = rng.choice(["", "", ".", " .", "!"])
        out.append((text + end, sign * (plan.turned if turned else PLAIN)))
        if turned and k % 4 == 0:
            snippet = rng.choice(snippets[good]).rstrip(" .")
            first, second = (snippet, text) if rng.random() < 0.5 else (text, snippet)
            out.append((first + rng.choice(JOINTS) + second + ".", sign * PLAIN))
    return out


if __name__ == "__main__":
    import sys

    import data

    corpus = data.load(sys.argv[1])
    found = adjectives(corpus)
    for good, of in divided(found)[0].items():
        print("praise" if good else "blame", len(of), " ".join(of))
    for text, logit in texts(corpus, found, random.Random(1), SimpleNamespace(negated=40, turned=1.2)):
        print(f"{logit:+.1f} {text}")
    for negated, plain in validation(found)[:20]:
        print(f"{negated} | {plain}")
    others = [negated for negated, _ in measured() if not taught(negated)]
    print(len(others), "measured pairs of forms that are not taught:", *others, sep="\n  ")
