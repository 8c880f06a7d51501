"""A task that is small enough to be learned in a test, with the reward model of it.

The policy has to write a certain word at every place. The reward model counts the words that are in
their places, and was taught to, so that an Abacus server can serve it like any other.
"""

from __future__ import annotations

from pathlib import Path

import torch
import transformers
from policies import MARKS, gpt2_config, word_tokenizer

COLOURS = ("red", "orange", "yellow", "green", "blue", "violet", "white", "black")
PROMPT = "paint"
TOY_WORDS = (PROMPT, *COLOURS)
FIRST_COLOUR = len(MARKS) + 1
LENGTH = 16
"""Words of a completion."""

TEACHING_STEPS = 400


def wanted(position: int) -> int:
    """The id of the word that belongs to a place of the completion."""
    return FIRST_COLOUR + (3 * position) % len(COLOURS)


def write_toy_reward(folder: Path) -> None:
    """Teaches a GPT-2 to count words in their places, at every prefix of random texts."""
    torch.manual_seed(1)
    config = gpt2_config(TOY_WORDS, num_labels=1)
    model = transformers.GPT2ForSequenceClassification(config)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    target = torch.tensor([wanted(i) for i in range(LENGTH)])
    for _ in range(TEACHING_STEPS):
        words = torch.randint(FIRST_COLOUR, config.vocab_size, (64, LENGTH))
        words = torch.where(torch.rand(words.shape) < torch.rand(64, 1), target, words)
        ids = torch.cat([torch.full((64, 1), FIRST_COLOUR - 1), words], dim=1)
        scores = model.score(model.transformer(ids).last_hidden_state)[..., 0]
        counts = torch.nn.functional.pad((words == target).float().cumsum(1), (1, 0))
        loss = (scores - counts).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.save_pretrained(folder)
    word_tokenizer(TOY_WORDS).save_pretrained(folder)
