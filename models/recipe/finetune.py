"""Makes the reward model out of the language model.

Labels are few, so nearly everything here keeps the network from learning them by
heart: soft labels from the teachers, random tokens in the input, dropout, a little
of the language-model loss, and an average of the weights. A causal network states a
log-odds at every token, so each text also teaches about a few of its own prefixes.
"""
import math
import random
import time
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
CENTRE = 0.01  # weight of the scores' squared mean, where only differences are learned
SAVE = 60  # seconds between checkpoints


@dataclass
class Example:
    """A text and the log-odds it should get; `long` ones teach more of their prefixes, and of
    `exact` ones every word counts: no noise, and no prefixes."""

    text: str
    logit: float
    long: bool = False
    exact: bool = False


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
    turned: float = 1.2  # log-odds of those that are negated
    pairs: bool = False  # learns which of two texts is better instead of log-odds


def logit(p):
    return math.log(p / (1 - p))


def mix(label, teacher, share=LABEL):
    """The log-odds of the smoothed label and of the teachers, mixed as probabilities."""
    p = SMOOTH + (1 - 2 * SMOOTH) * label
    return logit(share * p + (1 - share) / (1 + math.exp(-teacher)))


def examples(corpus, teach, plan, epoch, words=None):
    """What one epoch shows, and the source of chance for the rest of it. `words` are the
    adjectives of `negation.adjectives`, where the plan has verdicts of it."""
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
        out += [Example(text, z, exact=True) for text, z in negation.texts(corpus, words, rng, plan)]
    for e in out:
        if rng.random() < 0.7:
            e.text = natural(e.text)
    return out, rng


def batches(found, tokenizer, rng, positions):
    """Batches of texts of like length; each as ids, targets and weights, both by position, and
    which of its texts take noise."""
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
                if n > 6 and not found[i].exact:
                    at = rng.randint(4, n - 2)
                    goal[row, at], weight[row, at] = found[i].logit * math.sqrt(at / (n - 1)), PREFIX
        noisy = np.array([not found[i].exact for i in group])
        yield tuple(map(torch.from_numpy, (x, goal, weight, noisy)))


def corrupt(x, noisy, generator):
    """Replaces some tokens of noisy texts (never special ones) by tokens drawn from the same
    batch, and so in proportion to their frequency."""
    real = x > EOS
    pool = x[real]
    draw = pool[torch.randint(len(pool), x.shape, generator=generator)]
    hit = torch.rand(x.shape, generator=generator) < NOISE
    return torch.where(real & noisy[:, None] & hit, draw, x)


def pointwise(z, goal, weight):
    """The cross-entropy of each log-odds with its goal."""
    return (F.binary_cross_entropy_with_logits(z, goal.sigmoid(), reduction="none") * weight).sum() / weight.sum()


def pairwise(z, goal, weight):
    """Bradley-Terry's: the cross-entropy of each difference of two scores of a batch with the
    difference of their goals. A little keeps the scores' mean near 0, which differences leave free."""
    loss = F.binary_cross_entropy_with_logits(z[:, None] - z, (goal[:, None] - goal).sigmoid(), reduction="none")
    both = (weight[:, None] * weight).fill_diagonal_(0)
    return (loss * both).sum() / both.sum().clamp(min=1e-6) + CENTRE * z.mean() ** 2


def windows(ids, room):
    """Cuts a long text into the fewest windows of like length that fit the context."""
    first, rest = ids[0], ids[1:]
    count = max(1, math.ceil(len(rest) / (room - 1)))
    size = max(1, math.ceil(len(rest) / count))
    return [[first] + rest[i:i + size] for i in range(0, max(1, len(rest)), size)]


@torch.no_grad()
def scores(model, ids, tokens=8192):
    """The log-odds of rows of token ids that fit the context."""
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
        with narrow(model.device):
            hidden = model.hidden(x)
        last = torch.tensor([len(ids[i]) - 1 for i in group])
        out[group] = model.reward(hidden[torch.arange(n), last].float()).cpu().numpy()
    return out


def accuracy(z, labels):
    return float(np.mean((np.asarray(z) > 0) == np.asarray(labels)))


def log_loss(z, labels):
    z = np.asarray(z, np.float64) * np.where(np.asarray(labels) == 1, 1, -1)
    return float(np.mean(np.logaddexp(0, -z)))


def rate(step, epoch, plan):
    """Warms up, then follows a cosine to zero."""
    return plan.rate * min(1, step / 100 + 0.01) * 0.5 * (1 + math.cos(math.pi * epoch / plan.epochs))


class Run:
    """A run in progress: the network, its average, and what a checkpoint holds of them."""

    def __init__(self, base, shape, plan, path, device):
        torch.manual_seed(plan.seed)
        self.plan, self.path, self.saved = plan, path, time.time()
        self.model = Llama(shape, DROPOUT).to(device)
        self.model.load_state_dict(base)
        decay = [p for p in self.model.parameters() if p.ndim == 2]
        plain = [p for p in self.model.parameters() if p.ndim == 1]
        self.opt = torch.optim.AdamW(
            [{"params": decay, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}],
            lr=plan.rate, betas=(0.9, 0.98))
        self.ema = keep.Average(self.model, AVERAGE)
        self.step = self.epoch = self.batch = 0
        self.generator = torch.Generator()
        if state := keep.load(path):
            self.resume(state)

    def resume(self, state):
        self.step, self.epoch, self.batch = state["step"], state["epoch"], state["batch"]
        self.model.load_state_dict(state["model"])
        self.opt.load_state_dict(state["opt"])
        self.ema.weights = {k: v.to(self.model.device) for k, v in state["average"].items()}
        self.generator.set_state(state["generator"])
        keep.restore_chance(state, self.model.device)

    def save(self):
        keep.save(self.path, {"step": self.step, "epoch": self.epoch, "batch": self.batch,
                              "model": self.model.state_dict(), "opt": self.opt.state_dict(),
                              "average": self.ema.weights, "generator": self.generator.get_state(),
                              **keep.chance(self.model.device)})
        self.saved = time.time()

    def learn(self, batch, epoch):
        """One step at a place of the run, in epochs. Returns both losses, as a tensor: to read it is
        to wait for a GPU."""
        (x, goal, weight, noisy), device = batch, self.model.device
        for g in self.opt.param_groups:
            g["lr"] = rate(self.step, epoch, self.plan)
        with narrow(device):
            hidden = self.model.hidden(corrupt(x, noisy, self.generator))
            at = weight > 0
            z, owed, w = self.model.reward(hidden[at].float()), goal[at].to(device), weight[at].to(device)
            loss = (pairwise if self.plan.pairs else pointwise)(z, owed, w)
            # Few long texts or many short ones: a middle way between equal steps and equal texts.
            scaled = loss * (w.sum() / 64).sqrt()
            nexts = x.roll(-1, 1).masked_fill(torch.rand(x.shape, generator=self.generator) > 0.25, -100)
            nexts[:, -1] = -100
            nexts = nexts.masked_fill(nexts == 0, -100)
            language = self.model.language_loss(hidden, nexts)
        (scaled + LANGUAGE * language).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.opt.step()
        self.opt.zero_grad()
        self.step += 1
        self.ema.update(self.model, self.step)
        return torch.stack([loss, language]).detach().double()


def averaged(run):
    model = Llama(run.model.shape)
    model.load_state_dict(run.ema.weights)
    return model.eval().to(run.model.device)


def train(corpus, tokenizer, base, teach, plan, work, name, log_path, measure=dict, shape=Shape(), device="cpu"):
    """One run. `base` is the state dict it starts from; `measure` names numbers of a model, which
    are logged after each epoch. Returns the averaged model, on the CPU."""
    done = work / f"{name}.done.pt"
    if done.exists():
        model = Llama(shape)
        model.load_state_dict(keep.load(done))
        return model.eval()
    run = Run(base, shape, plan, work / f"{name}.pt", device)
    log = keep.Log(log_path, run.step)
    words = negation.adjectives(corpus) if plan.negated else None
    for epoch in range(run.epoch, plan.epochs):
        # Drawn anew for each epoch and by its number, so that a resume draws the same.
        found, rng = examples(corpus, teach, plan, epoch, words)
        todo = list(batches(found, tokenizer, rng, shape.positions))
        if run.batch == 0:
            run.generator.manual_seed(plan.seed * 1000 + epoch)
        sums = seen = 0
        for k in range(run.batch, len(todo)):
            sums, seen = sums + run.learn(todo[k], epoch + k / len(todo)), seen + 1
            if run.step % 25 == 0:
                loss, language = (sums / seen).tolist()
                log.write(run.step, epoch=epoch, of=len(todo), loss=loss, language=language)
                sums = seen = 0
            if time.time() - run.saved > SAVE:
                run.batch = k + 1
                run.save()
        run.epoch, run.batch = epoch + 1, 0
        log.write(run.step, epoch=epoch, **measure(averaged(run)))
        run.save()
    model = averaged(run).cpu()
    keep.save(done, model.state_dict())
    return model
