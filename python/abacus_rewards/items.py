"""What `POST /v1/rewards` takes, as types. A test holds them to a server's /openapi.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

CreditMethod = Literal[
    "abc",
    "uniform",
    "terminal",
    "red",
    "gradient",
    "integrated",
    "occlusion",
    "shapley",
    "layers",
    "rollout",
    "steps",
]
"""How a score is spread over tokens."""

Pay = Literal["last", "spread"]
"""Which tokens of a unit have its credit: its last, or each the same."""

Unit = str | Mapping[str, int | str]
"""What credit is given to: a name such as "sentence", {"window": n} or {"separator": text}."""

Truncate = Literal["none", "left", "right"]
"""What a sample loses that is longer than the model's context."""

Close = Literal["none", "eos", "reward"]
"""The token that texts are closed with."""

Encoding = Literal["json", "base64"]
"""How lists of floats are sent: float64 as JSON, or float32 as base64."""

Spans = Sequence[Sequence[int]]
"""Ranges `[start, end)` in Unicode code points of a completion."""


class CreditChoice(TypedDict, total=False):
    """How scores are spread; what is left out has the server's default."""

    method: CreditMethod
    beta: float
    unit: Unit
    pay: Pay
    passes: int
    layer: int | Literal["all"]


class _CompletionFields(TypedDict):
    completions: Sequence[str]


class _SpanFields(TypedDict, total=False):
    token_spans: Sequence[Spans]
    steps: Sequence[Spans]


class PlainItem(_CompletionFields, _SpanFields):
    """A prompt with completions, tokenised as one text each."""

    prompt: str


class ChatItem(_CompletionFields, _SpanFields):
    """A conversation with completions, each as the next assistant turn."""

    messages: Sequence[Mapping[str, Any]]


class IdsItem(TypedDict):
    """A prompt with completions as ids of the reward model's own tokenizer."""

    prompt_ids: Sequence[int]
    completion_ids: Sequence[Sequence[int]]


RewardItem = PlainItem | ChatItem | IdsItem
"""One prompt with its completions, in one of three forms."""


class RequestHead(TypedDict, total=False):
    """The fields of a request besides its items."""

    credit: CreditChoice
    model: str
    truncate: Truncate
    close: Close
    encoding: Encoding
