"""Makes the reward model out of the language model.

Labels are few, so nearly everything here keeps the network from learning them by
heart: soft labels from the teachers, random tokens in the input, dropout, a little
of the language-model loss, and an average of the weights. A causal network states a
log-odds at every token, so each text also teaches about a few of its own prefixes.
"""
import math
import random
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

import keep
import negation
from data import natural
from llama import Llama, Shape, narrow
from tokenizer import EOS

TOKENS = 4096  # in a step, padding included
DROPOUT = 0.15
NOISE = 0.10  # share of input tokens replaced by random ones
LABEL = 0.5  # share of the given label in the target; the rest is the teachers'
SMOOTH = 0.05
PREFIX = 0.15  # weight of a prefix beside the whole text
LANGUAGE = 0.15  # weight of the language-model loss, on a quarter of the positions
CLIP = 4.0  # no teacher is surer than this many log-odds
AVERAGE = 0.995


@dataclass
class Example:
    """A text and the log-odds it should get; `long` ones teach more of their prefixes."""

    text: str
    logit: float
    long: bool = False


@dataclass
class Plan:
    """How long a run is, and what it sees."""

    epochs: int
    rate: float
    seed: int
    # Shares of the other texts seen in an epoch:
    spans: float = 0.2  # of snippets
    sentences: float = 0.5  # of the subjectivity corpus
    lines: float = 0.1  # of reviews, one by one
    segments: float = 0.12  # of reviews
    products: float = 0.1  # and only in the first half of the run
    negated: int = 0  # verdicts of the grammar of negation, in an epoch


def logit(p):
    return math.log(p / (1 - p))


def mix(label, teacher, share=LABEL):
    """The log-odds of the smoothed label and of the teachers, mixed as probabilities."""
    p = SMOOTH + (1 - 2 * SMOOTH) * label
    return logit(share * p + (1 - share) / (1 + math.exp(-teacher)))


def examples(corpus, teach, plan, epoch):
    """What one epoch shows, and the source of chance for the rest of it."""
    rng = random.Random(f"{plan.seed} {epoch}")
    clip = lambda z: max(-CLIP, min(CLIP, float(z)))
    out = [Example(t.raw, mix(t.label, clip(z))) for t, z in zip(corpus.snippets["train"], teach["snippets"])]
    for s in teach["spans"]:
        if rng.random() < plan.spans:
            out.append(Example(s.text, clip(s.logit)))
    for t, z in zip(corpus.sentences, teach["sentences"]):
        if rng.random() < plan.sentences:
            out.append(Example(t.raw, clip(z) * (0.3 if t.plot else 1)))
    reviews = corpus.reviews["train"]
    flat = iter(teach["lines"])
    for review in reviews:
        for line, z in [(l, next(flat)) for l in review.lines]:
            if rng.random() < plan.lines and len(line.split()) > 3:
                out.append(Example(line, clip(z)))
    for s in teach["segments"]:
        if rng.random() < plan.segments:
            text = " ".join(reviews[s.review].lines[s.start:s.end])
            share = LABEL * min(1, (s.end - s.start) / 8)  # a sentence says little of the verdict
            out.append(Example(text, mix(reviews[s.review].label, clip(s.logit), share), long=True))
    if epoch < plan.epochs // 2:  # other goods, the same words of praise
        for t in corpus.products:
            if rng.random() < plan.products:
                out.append(Example(t.raw, mix(t.label, 0.0, 0.8)))
    if plan.negated:
        out += [Example(text, z) for text, z in negation.texts(corpus, rng, plan.negated)]
    for e in out:
        if rng.random() < 0.7:
            e.text = natural(e.text)
    return out, rng


def batches(found, tokenizer, rng, positions):
    """Batches of texts of like length; each as ids, targets and weights, both by position."""
    ids = [e.ids for e in tokenizer.encode_batch([f.text for f in found])]
    # The end token comes after a whole text or not at all; it must make no difference.
    ids = [x[:positions] if len(x) >= positions else x + [EOS] * (rng.random() < 0.25) for x in ids]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]) * rng.uniform(0.9, 1.1))
    groups, group, width = [], [], 0
    for i in order:
        width = max(width, len(ids[i]))
        if group and width * (len(group) + 1) > TOKENS:
            groups.append(group)
            group, width = [], len(ids[i])
        group.append(i)
    groups.append(group)
    rng.shuffle(groups)
    for group in groups:
        t = max(len(ids[i]) for i in group)
        x = np.zeros((len(group), t), np.int64)
        goal, weight = np.zeros((len(group), t), np.float32), np.zeros((len(group), t), np.float32)
        for row, i in enumerate(group):
            n = len(ids[i])
            x[row, :n] = ids[i]
            goal[row, n - 1], weight[row, n - 1] = found[i].logit, 1
            # Evidence gathers: a prefix of a share s of the text is owed sqrt(s) of its log-odds.
            for _ in range(4 if found[i].long else 1):
                if n > 6:
                    at = rng.randint(4, n - 2)
                    goal[row, at], weight[row, at] = found[i].logit * math.sqrt(at / (n - 1)), PREFIX
        yield torch.from_numpy(x), torch.from_numpy(goal), torch.from_numpy(weight)


def corrupt(x, generator):
    """Replaces some tokens (never special ones) by tokens drawn from the same batch,
    and so in proportion to their frequency."""
    real = x > EOS
    pool = x[real]
    draw = pool[torch.randint(len(pool), x.shape, generator=generator)]
    return torch.where(real & (torch.rand(x.shape, generator=generator) < NOISE), draw, x)


@torch.no_grad()
def predict(model, texts, tokenizer, tokens=8192):
    """The log-odds of whole texts (cut at the context)."""
    model.eval()
    ids = [e.ids[:model.shape.positions] for e in tokenizer.encode_batch([natural(t) for t in texts])]
    out = np.zeros(len(ids), np.float32)
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    while order:
        n, width = 0, 0
        while n < len(order) and (n == 0 or len(ids[order[n]]) * (n + 1) <= tokens):
            width, n = len(ids[order[n]]), n + 1
        group, order = order[:n], order[n:]
        x = torch.zeros(n, width, dtype=torch.long)
        for row, i in enumerate(group):
            x[row, :len(ids[i])] = torch.tensor(ids[i])
        with narrow():
            hidden = model.hidden(x)
        last = torch.tensor([len(ids[i]) - 1 for i in group])
        out[group] = model.reward(hidden[torch.arange(n), last].float()).numpy()
    return out


def accuracy(z, labels):
    return float(np.mean((np.asarray(z) > 0) == np.asarray(labels)))


def log_loss(z, labels):
    z = np.asarray(z, np.float64) * np.where(np.asarray(labels) == 1, 1, -1)
    return float(np.mean(np.logaddexp(0, -z)))


def rate(step, epoch, plan):
    """Warms up, then follows a cosine to zero."""
    return plan.rate * min(1, step / 100 + 0.01) * 0.5 * (1 + math.cos(math.pi * epoch / plan.epochs))


def train(corpus, tokenizer, base, teach, plan, work, name, log_path, held=None):
    """One run. `base` is the state dict it starts from, `held` (texts, labels) is
    measured after each epoch. Returns the averaged model."""
    torch.manual_seed(plan.seed)
    model = Llama(Shape(), DROPOUT)
    model.load_state_dict(base)
    average = Llama(Shape())
    path = work / f"{name}.pt"
    if (work / f"{name}.done.pt").exists():
        average.load_state_dict(keep.load(work / f"{name}.done.pt"))
        return average.eval()
    decay = [p for p in model.parameters() if p.ndim == 2]
    plain = [p for p in model.parameters() if p.ndim == 1]
    opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}],
                            lr=plan.rate, betas=(0.9, 0.98))
    ema = keep.Average(model, AVERAGE)
    step = first = 0
    if state := keep.load(path):
        # Batches are drawn anew for each epoch, so a resume starts at an epoch's beginning.
        step, first = state["step"], state["epoch"]
        model.load_state_dict(state["model"])
        opt.load_state_dict(state["opt"])
        ema.weights = state["average"]
        torch.set_rng_state(state["rng"])
    log = keep.Log(log_path, step)
    for epoch in range(first, plan.epochs):
        found, rng = examples(corpus, teach, plan, epoch)
        generator = torch.Generator().manual_seed(plan.seed * 1000 + epoch)
        todo = list(batches(found, tokenizer, rng, model.shape.positions))
        sums = np.zeros(3)
        for k, (x, goal, weight) in enumerate(todo):
            for g in opt.param_groups:
                g["lr"] = rate(step, epoch + k / len(todo), plan)
            with narrow():
                hidden = model.hidden(corrupt(x, generator))
                at = weight > 0
                z = model.reward(hidden[at].float())
                w = weight[at]
                loss = (F.binary_cross_entropy_with_logits(z, goal[at].sigmoid(), reduction="none") * w).sum() / w.sum()
                # Few long texts or many short ones: a middle way between equal
                # steps and equal texts.
                scaled = loss * (w.sum() / 64).sqrt()
                nexts = x.roll(-1, 1).masked_fill(torch.rand(x.shape, generator=generator) > 0.25, -100)
                nexts[:, -1] = -100
                nexts = nexts.masked_fill(nexts == 0, -100)
                language = model.language_loss(hidden, nexts)
            (scaled + LANGUAGE * language).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            opt.zero_grad()
            step += 1
            ema.update(model, step)
            sums += (loss.item(), language.item(), 1)
            if step % 25 == 0:
                log.write(step, epoch=epoch, loss=sums[0] / sums[2], language=sums[1] / sums[2])
                sums[:] = 0
        average.load_state_dict(ema.weights)
        if held:
            z = predict(average, held[0], tokenizer)
            log.write(step, epoch=epoch, held_accuracy=accuracy(z, held[1]), held_loss=log_loss(z, held[1]))
        keep.save(path, {"step": step, "epoch": epoch + 1, "model": model.state_dict(), "opt": opt.state_dict(),
                         "average": ema.weights, "rng": torch.get_rng_state()})
    keep.save(work / f"{name}.done.pt", average.state_dict())
    return average.eval()
