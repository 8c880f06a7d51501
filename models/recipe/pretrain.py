"""Trains the language model (models/movie-policy) on the text of the training part.

Muon for the matrices of the layers, AdamW for the embedding: on two cores it is
steps that are scarce, and Muon needs about a third fewer. The learning rate is
held for a third of the steps, then falls to zero; only late do blocks have the full
length, as attention over long blocks is a quarter of the cost.
"""
import random
import time

import torch

import keep
from data import natural
from llama import Llama, Shape, narrow
from tokenizer import BOS, EOS

SEED = 1
STEPS = 4400
TOKENS = 2048  # in a step
SHORT, LONG = 256, 512  # blocks at first, and late
MUON, ADAM = 0.025, 4e-3
WARMUP, HOLD, ZERO, COOL = 100, 1404, 5400, 950  # in steps; see `rate`
LATE = 0.2  # the share of the steps with long blocks
DROPOUT = 0.05


def pieces(review, rng):
    """A review whole or cut in two or three, so that texts start in many ways."""
    cuts = sorted(rng.sample(range(1, len(review.lines)), min(rng.randint(0, 2), len(review.lines) - 1)))
    for a, b in zip([0] + cuts, cuts + [len(review.lines)]):
        yield " ".join(review.lines[a:b]), b == len(review.lines)


def epoch(corpus, tokenizer, number):
    """All texts in a new order as one stream of tokens, cut into steps. Only a
    text's true end gets the end token; one time in five the text stays raw."""
    rng = random.Random(f"{SEED} {number}")
    texts = [p for r in corpus.reviews["train"] for p in pieces(r, rng)]
    texts += [(t.raw, True) for t in corpus.snippets["train"] + corpus.sentences]
    rng.shuffle(texts)
    texts = [(t if rng.random() < 0.2 else natural(t), end) for t, end in texts]
    stream = []
    for e, (_, end) in zip(tokenizer.encode_batch([t for t, _ in texts]), texts):
        stream += e.ids + [EOS] * end
    return torch.tensor(stream[:len(stream) // TOKENS * TOKENS]).view(-1, TOKENS)


def validation(corpus, tokenizer):
    texts = corpus.reviews["validation"][::3] + corpus.snippets["validation"]
    rows = [(e.ids + [EOS])[:LONG] for e in tokenizer.encode_batch([natural(t.raw) for t in texts])]
    return sorted(rows, key=len)


def padded(rows):
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    goal = torch.full_like(ids, -100)
    for i, r in enumerate(rows):
        ids[i, :len(r)] = torch.tensor(r)
        goal[i, :len(r)] = ids[i, :len(r)]
    return ids[:, :-1], goal[:, 1:]


@torch.no_grad()
def evaluate(model, rows):
    model.eval()
    loss = count = 0
    for i in range(0, len(rows), 16):
        ids, goal = padded(rows[i:i + 16])
        n = (goal != -100).sum().item()
        loss += model.language_loss(model.hidden(ids), goal).item() * n
        count += n
    model.train()
    return loss / count


def optimisers(model):
    layers = [p for p in model.model.layers.parameters() if p.ndim == 2]
    wide = [model.model.embed_tokens.weight]
    rest = [p for p in model.model.parameters() if p.ndim == 1]
    return [torch.optim.Muon(layers, lr=MUON, weight_decay=0.1, momentum=0.95),
            torch.optim.AdamW([{"params": wide, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}],
                              lr=ADAM, betas=(0.9, 0.98))]


def rate(step, steps):
    """Held until HOLD, then falling as if to reach zero at ZERO; the last COOL steps,
    wherever the run is told to end, take it to zero in a straight line."""
    fall = max(0, (ZERO - step) / (ZERO - HOLD)) ** 1.5
    return min(1, (step + 1) / WARMUP, fall) * min(1, (steps - step) / COOL)


def train(corpus, tokenizer, path, log_path, shape=Shape(), steps=STEPS, every=120, device="cpu"):
    """Returns the trained model, on the CPU; a checkpoint every `every` seconds at `path`."""
    torch.manual_seed(SEED)
    model = Llama(shape, DROPOUT).to(device)
    model.score.requires_grad_(False)
    opts = optimisers(model)
    step = 0
    if state := keep.load(path):
        step = state["step"]
        model.load_state_dict(state["model"])
        for o, s in zip(opts, state["opts"]):
            o.load_state_dict(s)
        keep.restore_chance(state, model.device)
    bases = [[g.setdefault("initial_lr", g["lr"]) for g in o.param_groups] for o in opts]
    log = keep.Log(log_path, step)
    held = validation(corpus, tokenizer)
    batches, number, first = epoch(corpus, tokenizer, 0), 0, 0
    saved, total, seen = time.time(), 0.0, 0
    while step < steps:
        while step - first >= len(batches):
            first, number = first + len(batches), number + 1
            batches = epoch(corpus, tokenizer, number)
        block = batches[step - first].view(-1, SHORT if step < (1 - LATE) * steps else LONG)
        for o, base in zip(opts, bases):
            for g, b in zip(o.param_groups, base):
                g["lr"] = b * rate(step, steps)
        with narrow(model.device):
            # A text's first token cannot be known from the text before it.
            goal = block[:, 1:].masked_fill(block[:, 1:] == BOS, -100)
            loss = model.language_loss(model.hidden(block[:, :-1]), goal)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.model.embed_tokens.weight, 1.0)
        for o in opts:
            o.step()
            o.zero_grad()
        step += 1
        # The sum stays where the loss is: to read it is to wait for a GPU.
        total, seen = total + loss.detach().double(), seen + 1
        if step % 25 == 0:
            numbers = {"epoch": number, "loss": total.item() / seen, "rate": rate(step - 1, steps)}
            if step % 500 == 0 or step == steps:
                numbers["validation"] = evaluate(model, held)
            log.write(step, **numbers)
            total = seen = 0
        if time.time() - saved > every or step == steps:
            keep.save(path, {"step": step, "model": model.state_dict(), **keep.chance(model.device),
                             "opts": [o.state_dict() for o in opts]})
            saved = time.time()
    return model.eval().cpu()
