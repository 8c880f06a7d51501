"""What transformers answers for one sequence or text: the numbers of golden.json.

One sequence at a time, so that no padding and no mask of another sequence can enter.
"""

import numpy
import torch

from golden_model import TYPED, inputs_of, rows_of


def numbers(tensor):
    """float32 in the fewest digits that give it back."""
    return [float(str(numpy.float32(value))) for value in tensor.flatten().tolist()]


@torch.no_grad()
def answer(entry, model, sequence):
    """Logits at every position, and the pooled row of the last layer's mean attention.

    Where several positions are pooled, the head reads their mean: its logits are `pooled` then, and the attention is
    the mean of their rows.
    """
    ids, pool = torch.tensor([sequence["ids"]]), entry.pool(sequence)
    given = inputs_of(sequence)
    trunk = model.base_model(ids, **given, output_attentions=True)
    rows = rows_of(trunk.last_hidden_state)
    pooled = entry.head(model, rows[pool].mean(0, keepdim=True))[0]
    # What transformers makes of it itself, which passes over padding; pooling.py has sequences that hold some.
    expected = model(ids, **given).logits[0]
    assert torch.allclose(pooled, expected, atol=1e-5), (pooled, expected)
    attention = trunk.attentions[-1][0].mean(0)[pool].mean(0)
    assert abs(attention.sum() - 1) < 1e-5
    return {
        **sequence,
        "pool": pool,
        "logits": numbers(entry.head(model, rows)),
        **({"pooled": numbers(pooled)} if len(pool) > 1 else {}),
        "attention": numbers(attention),
    }


def joined(encode, prompt, completion):
    """One text. The completion's tokens are those that end behind the prompt."""
    encoding = encode([prompt + completion]).encodings[0]
    start = len(prompt)
    own = [i for i, (_, end) in enumerate(encoding.offsets) if end > start]
    spans = [[max(encoding.offsets[i][0] - start, 0), encoding.offsets[i][1] - start] for i in own]
    return encoding, own, spans


def paired(encode, prompt, completion):
    """Two texts: tokenizers give the offsets of each in its own characters, and say whose a token is.

    Called with lists, for encode("text", "") takes the empty second text for none and leaves its [SEP] out.
    """
    encoding = encode([prompt], [completion]).encodings[0]
    own = [i for i, text in enumerate(encoding.sequence_ids) if text == 1]
    return encoding, own, [list(encoding.offsets[i]) for i in own]


def text_case(entry, model, tokenised):
    """The score of a text, and the abc shares of its completion's tokens, from the offset mapping alone."""
    encoding, own, spans = tokenised
    sequence = {"ids": encoding.ids + ([] if entry.end is None else [entry.end])}
    if entry.pooling in TYPED and entry.types:
        sequence["types"] = encoding.type_ids
    found = answer(entry, model, sequence)
    weights = numpy.array([found["attention"][i] for i in own], dtype=numpy.float64)
    labels = model.config.num_labels
    [position, *more] = found["pool"]
    pooled = found["pooled"] if more else found["logits"][position * labels :]
    return {
        **sequence,
        "score": pooled[0],
        "offsets": spans,
        "response_mass": float(weights.sum()),
        "credit": (weights / weights.sum()).tolist() if len(own) else [],
    }
