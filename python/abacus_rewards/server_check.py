"""Whether a trainer could use a server: one question after another, until one fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from .client import RewardClient
from .errors import RewardClientError
from .items import RewardItem
from .models import ModelFacts
from .reply import CompletionRewards

PROMPT = "The movie was"
COMPLETION = " a warm, funny film with real heart."
LATENCY_SAMPLES = 5
READY_S = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question.

    Attributes:
        name: what was asked for.
        passed: whether a trainer can go on.
        summary: one line.
        details: the numbers behind it, as JSON has them.
    """

    name: str
    passed: bool
    summary: str
    details: dict[str, Any] = field(default_factory=dict)


class ServerCheck:
    """Asks a server what a trainer needs to know of it.

    Args:
        client: of the server.
        model: the model that a trainer would ask for; None for the first.
    """

    def __init__(self, client: RewardClient, model: str | None) -> None:
        self._client = client
        self._model = model

    def findings(self) -> Iterator[Finding]:
        """The answers, in order; after one that did not pass there are no others."""
        questions: dict[str, Callable[[], Finding]] = {
            "ready": self._ready,
            "key and models": self._models,
            "a scored example": self._example,
            "chat template": self._chat,
            "latency": self._latency,
        }
        for name, ask in questions.items():
            finding = _told(name, ask)
            yield finding
            if not finding.passed:
                return

    def _ready(self) -> Finding:
        self._client.until_ready(timeout_s=READY_S)
        return Finding("ready", True, f"{self._client.url} can score")

    def _models(self) -> Finding:
        facts = self._facts()
        methods = ", ".join(method.name for method in facts.credit_methods)
        summary = (
            f"{facts.id} ({facts.architecture}, {facts.dtype} on {facts.device}), context "
            f"{facts.context}, score {facts.score_rule}, credit {methods}"
        )
        return Finding("key and models", True, summary, {"model": facts.id})

    def _example(self) -> Finding:
        completion = self._score({"prompt": PROMPT, "completions": [COMPLETION]})
        rewards = [float(each) for each in completion.rewards]
        pieces = (
            [COMPLETION[a:b] for a, b in completion.offsets]
            if completion.offsets is not None
            else []
        )
        shown = "  ".join(
            f"{piece!r} {reward:+.3f}" for piece, reward in zip(pieces, rewards, strict=False)
        )
        details = {"score": completion.score, "rewards": rewards, "pieces": pieces}
        return Finding("a scored example", True, f"{completion.score:+.4f} = {shown}", details)

    def _chat(self) -> Finding:
        if not self._facts().chat_template:
            return Finding("chat template", True, "none: send prompts as text, not as messages")
        messages = [{"role": "user", "content": "Review the movie."}]
        completion = self._score({"messages": messages, "completions": [COMPLETION.strip()]})
        details = {"score": completion.score}
        return Finding("chat template", True, f"messages score {completion.score:+.4f}", details)

    def _latency(self) -> Finding:
        seconds = []
        for i in range(LATENCY_SAMPLES):
            start = time.perf_counter()
            self._score({"prompt": f"{PROMPT} ({i})", "completions": [COMPLETION]})
            seconds.append(time.perf_counter() - start)
        in_ms = [1_000 * each for each in seconds]
        summary = f"{median(in_ms):.1f} ms a request of one completion, at most {max(in_ms):.1f}"
        return Finding("latency", True, summary, {"ms": in_ms})

    def _facts(self) -> ModelFacts:
        models = self._client.models()
        found = [each for each in models if self._model in (None, each.id)]
        if found:
            return found[0]
        names = ", ".join(each.id for each in models)
        message = f"Cannot use the model '{self._model}' as the server has others: received {names}"
        raise RewardClientError("unknown_model", message)

    def _score(self, item: RewardItem) -> CompletionRewards:
        return self._client.score([item], model=self._model).items[0].completions[0]


def _told(name: str, ask: Callable[[], Finding]) -> Finding:
    """The finding, or the error as one."""
    try:
        return ask()
    except RewardClientError as error:
        return Finding(name, False, f"{error.kind}: {error.message}", {"kind": error.kind})
