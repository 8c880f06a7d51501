"""The sequences and texts that golden models are asked about."""

import random

TEXTS = [
    ("The movie", " was great."),
    ("The movie ", "was great."),
    ("Terrible, ", "the end of a bad film \U0001f469\u200d\U0001f680 was caf\u00e9"),
    ("", "great"),
    ("great", ""),
]


def causal_sequences(vocabulary, longest):
    """Ragged, many of them beginning alike; ids from 3 up, 0 to 2 are padding, beginning and end."""
    chance = random.Random(5)
    draw = lambda count: [chance.randrange(3, vocabulary) for _ in range(count)]
    prompts = [[1] + draw(19), [1] + draw(7)]
    made = [prompt + draw(length) for prompt in prompts for length in (1, 5, 12)]
    ids = [*made, prompts[0], [1], draw(longest), made[2][:-2] + draw(longest - len(made[2]) + 2)]
    return [{"ids": each} for each in ids]


def single_sequences(vocabulary, longest):
    """[CLS] a [SEP], without token types. Two differ in their last token but one alone: an encoder that shared
    prefixes, as causal models may, would answer the same for the tokens before it."""
    chance = random.Random(6)
    draw = lambda count: [chance.randrange(5, vocabulary) for _ in range(count)]
    text = draw(20)
    texts = [[], draw(1), draw(6), text, text[:-1] + draw(1), text[:9], draw(longest - 2)]
    return [{"ids": [CLS]}, *({"ids": [CLS, *each, SEP]} for each in texts)]


def pair_sequences(vocabulary, longest):
    """[CLS] a [SEP] b [SEP] with token types 0 and 1. Two have the same ids and other types: they are two
    questions to the model, not one asked twice."""
    chance = random.Random(7)
    draw = lambda count: [chance.randrange(5, vocabulary) for _ in range(count)]
    prompt, answer = draw(9), draw(12)
    pairs = [([], []), (draw(3), []), ([], draw(5)), (prompt, answer), (prompt, answer[:4])]
    pairs += [(draw(5), answer), (draw(longest // 2), draw(longest - longest // 2 - 3))]
    made = [pair_of(*pair) for pair in pairs]
    same_ids = {"ids": made[3]["ids"], "types": [0] * len(made[3]["ids"])}
    return [*made, same_ids, {"ids": [CLS], "types": [0]}, {"ids": [CLS], "types": [1]}]


def holding(token, sequences):
    """The sequences, and behind them the longest with `token` in it: in the middle, in a row, at either end and as
    all there is."""
    longest = max(sequences, key=lambda each: len(each["ids"]))
    places = [[4], [6, 6], [0, 2, 9], [30, 30, 30]]
    alone = [{key: [number] * 3 for key, number in (("ids", token), ("types", 0)) if key in longest}]
    return [*sequences, *(inserted(token, at, longest) for at in places), *alone]


def inserted(token, places, sequence):
    """The sequence without its last tokens, with `token` before those places, each of the type that stood there."""
    made = {key: values[:30] for key, values in sequence.items()}
    for at in places:
        made["ids"] = [*made["ids"][:at], token, *made["ids"][at:]]
        if "types" in made:
            made["types"] = [*made["types"][:at], made["types"][min(at, 29)], *made["types"][at:]]
    return made


CLS, SEP = 2, 3  # after [PAD] and [UNK], as tests/oracle/text_tokenizers.py numbers them


def pair_of(first, second):
    ids = [CLS, *first, SEP, *second, SEP]
    return {"ids": ids, "types": [0] * (len(first) + 2) + [1] * (len(second) + 1)}
