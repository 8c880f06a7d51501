"""Checkpoints that survive a kill and go on on any device, and a log of losses that matches them."""
import json
import os
import time
from pathlib import Path

import torch


def save(path, state):
    """Writes beside the file, then renames: a kill leaves the old one whole."""
    beside = Path(f"{path}.new")
    torch.save(state, beside)
    os.replace(beside, path)


def load(path):
    return torch.load(path, map_location="cpu", weights_only=False) if Path(path).exists() else None


def chance(device):
    """The states of the generators that a run draws from, for its checkpoint. Dropout on a GPU
    draws from the GPU's own: a run there is repeatable only on that GPU, and up to rounding."""
    states = {"rng": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def restore_chance(state, device):
    torch.set_rng_state(state["rng"])
    if device.type == "cuda" and "cuda" in state:  # not in the checkpoint of a run that began on a CPU
        torch.cuda.set_rng_state(state["cuda"], device)


class Log:
    """One JSON object a line. After a resume, lines past the checkpoint are dropped."""

    def __init__(self, path, step=0):
        self.path, self.start = Path(path), time.time()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        old = self.path.read_text().splitlines() if self.path.exists() else []
        old = [l for l in old if json.loads(l)["step"] <= step] if step else []
        self.seconds = json.loads(old[-1])["seconds"] if old else 0
        self.path.write_text("".join(l + "\n" for l in old))

    def write(self, step, **numbers):
        line = {"step": step, "seconds": round(self.seconds + time.time() - self.start)}
        line.update({k: round(v, 5) if isinstance(v, float) else v for k, v in numbers.items()})
        with self.path.open("a") as f:
            f.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)


class Average:
    """Running average of weights: a better model than any of those it averages."""

    def __init__(self, model, rate):
        self.rate = rate
        self.weights = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model, step):
        rate = min(self.rate, (1 + step) / (10 + step))
        for k, v in model.state_dict().items():
            self.weights[k].lerp_(v, 1 - rate)
