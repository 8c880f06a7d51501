"""What weights are chosen by: the validation snippets and reviews, and pairs of negation whose
words no verdict for training has. The held-out texts have no part in it.
"""
import numpy as np
import torch

import finetune
import negation
from data import natural
from llama import Llama

UNDERSTOOD = 0.9  # of the pairs that a mixture of weights must understand, if any does
SHARES = (0.0, 0.25, 0.5)  # of the weights that the runs began with


class Validation:
    """Measures a model. Called, it returns the numbers that are logged, log-losses with the factor
    that makes them least on the snippets."""

    def __init__(self, corpus, tokenizer, positions):
        self.snippets, self.reviews = corpus.snippets["validation"], corpus.reviews["validation"]
        self.pairs = negation.validation(negation.adjectives(corpus))
        self.positions, self.rows = positions, lambda texts: [
            e.ids for e in tokenizer.encode_batch([natural(t) for t in texts])]

    def __call__(self, model):
        factor = self.temperature(model)
        z, whole = factor * self.of_snippets(model), factor * self.of_reviews(model)
        labels, of_reviews = [t.label for t in self.snippets], [t.label for t in self.reviews]
        pairs = finetune.scores(model, self.rows([t for pair in self.pairs for t in pair])).reshape(-1, 2)
        return {"held_accuracy": finetune.accuracy(z, labels), "held_loss": finetune.log_loss(z, labels),
                "reviews_accuracy": finetune.accuracy(whole, of_reviews),
                "reviews_loss": finetune.log_loss(whole, of_reviews),
                "understood": float(np.mean((pairs[:, 0] > pairs[:, 1]) & (pairs[:, 0] > 0)))}

    def of_snippets(self, model):
        return finetune.scores(model, self.rows([t.raw for t in self.snippets]))

    def of_reviews(self, model):
        """The mean log-odds of the windows of each review."""
        cut = [finetune.windows(row, self.positions) for row in self.rows([t.raw for t in self.reviews])]
        flat = iter(finetune.scores(model, [window for windows in cut for window in windows]))
        return np.array([np.mean([next(flat) for _ in windows]) for windows in cut])

    def temperature(self, model):
        """The factor on the log-odds that makes them honest on the validation snippets."""
        z, labels = self.of_snippets(model), [t.label for t in self.snippets]
        scales = np.exp(np.linspace(-1.5, 1.5, 301))
        return float(min(scales, key=lambda s: finetune.log_loss(s * z, labels)))


def mixed(weights, shares):
    return {name: sum(s * w[name] for s, w in zip(shares, weights)) for name in weights[0]}


@torch.no_grad()
def mixture(start, runs, validation, shape, device="cpu"):
    """The average of runs that began with the same weights, and with a share of those if that makes
    the log-losses of snippets and reviews smaller. Returns the weights, and the numbers of all that
    was tried."""
    whole = {f"run {number}": mixed([weights], [1]) for number, weights in enumerate(runs, 1)}
    whole["start"] = start
    equal = lambda share: [share] + [(1 - share) / len(runs)] * len(runs)
    averages = {f"average, {share} of the start": mixed([start, *runs], equal(share)) for share in SHARES}
    tried = {}
    for name, weights in {**whole, **averages}.items():
        model = Llama(shape)
        model.load_state_dict(weights)
        tried[name] = validation(model.eval().to(device))
    enough = min(UNDERSTOOD, max(tried[name]["understood"] for name in averages))
    fit = [name for name in averages if tried[name]["understood"] >= enough]
    best = min(fit, key=lambda name: tried[name]["held_loss"] + tried[name]["reviews_loss"])
    return averages[best], {"chosen": best, **tried}
