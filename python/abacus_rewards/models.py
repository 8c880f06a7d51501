"""Reads what a server says about itself: its models, and whether it is ready."""

from __future__ import annotations

from dataclasses import dataclass

from .checks import Placed, boolean_at, count_at, finite_at, optional, text_at


@dataclass(frozen=True, slots=True)
class MethodFacts:
    """A credit method that a model may be asked for."""

    name: str
    summary: str
    source: str
    signed: bool


@dataclass(frozen=True, slots=True)
class StepFacts:
    """How a process reward model reads steps."""

    read: str
    reduction: str


@dataclass(frozen=True, slots=True)
class PoolingFacts:
    """The rule by which a score is read, with the token that it names, if it does."""

    at: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """A model of a mixture, and what its score is multiplied with."""

    id: str
    weight: float


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """What one request may hold."""

    items: int
    completions_per_item: int
    completions_per_request: int
    messages: int
    characters_per_text: int
    tokens_per_list: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """A loaded model, as `GET /v1/models` describes it; /docs of a server explains each field.

    Attributes:
        context: the most tokens of a prompt with its completion.
        credit_methods: what it may be asked; the first is what a request gets by default.
        closes: what a request's `close` may be.
        base: of an adapter (LoRA), its base model.
        pooled: `pooling` as a rule; mixtures have none.
        members: of a mixture, the models whose scores it adds up.
        replicas: where each replica runs, where there are several.
        steps: of models that score steps.
        tokenizer_digest: of all that token ids depend on; mixtures have none.
        weights_digest: of the stored weights; prebuilt graphs and mixtures have none.
    """

    id: str
    object: str
    family: str
    architecture: str
    causal: bool
    attention: str
    graph: str
    pooling: str
    head: str
    task: str
    input: str
    parameters: int
    stored_dtype: str
    dtype: str
    device: str
    on_device: float
    threads: int
    context: int
    vocabulary: int
    labels: int
    score_rule: str
    normalization: str
    chat_template: bool
    close: str
    closes: tuple[str, ...]
    credit_methods: tuple[MethodFacts, ...]
    limits: ModelLimits
    base: str | None = None
    members: tuple[MemberFacts, ...] | None = None
    replicas: tuple[str, ...] | None = None
    steps: StepFacts | None = None
    pooled: PoolingFacts | None = None
    tokenizer_digest: str | None = None
    weights_digest: str | None = None


_TEXTS = tuple(name for name, kind in ModelFacts.__annotations__.items() if kind == "str")
_COUNTS = tuple(name for name, kind in ModelFacts.__annotations__.items() if kind == "int")
_LIMITS = tuple(ModelLimits.__dataclass_fields__)


def read_models(reply: Placed) -> tuple[ModelFacts, ...]:
    """Reads the answer of `GET /v1/models`. Raises `protocol` where it cannot be right."""
    return tuple(_read_model(each) for each in reply.field("data").members())


def read_readiness(reply: Placed) -> str:
    """Reads `GET /readyz`: ready, loading, failed, draining, or a state of a newer server."""
    return text_at(reply.field("status"))


def _read_model(placed: Placed) -> ModelFacts:
    return ModelFacts(
        **{name: text_at(placed.field(name)) for name in _TEXTS},  # type: ignore[arg-type]
        **{name: count_at(placed.field(name)) for name in _COUNTS},  # type: ignore[arg-type]
        causal=boolean_at(placed.field("causal")),
        chat_template=boolean_at(placed.field("chat_template")),
        on_device=finite_at(placed.field("on_device")),
        closes=_read_texts(placed.field("closes")),
        credit_methods=tuple(
            _read_method(each) for each in placed.field("credit_methods").members()
        ),
        limits=ModelLimits(*(count_at(placed.field("limits").field(name)) for name in _LIMITS)),
        base=optional(placed.field("base"), text_at),
        members=optional(placed.field("members"), _read_members),
        replicas=optional(placed.field("replicas"), _read_texts),
        steps=optional(placed.field("steps"), _read_steps),
        pooled=optional(placed.field("pooled"), _read_pooled),
        tokenizer_digest=optional(placed.field("tokenizer_digest"), text_at),
        weights_digest=optional(placed.field("weights_digest"), text_at),
    )


def _read_method(placed: Placed) -> MethodFacts:
    name, summary, source = (text_at(placed.field(each)) for each in ("name", "summary", "source"))
    return MethodFacts(name, summary, source, boolean_at(placed.field("signed")))


def _read_members(placed: Placed) -> tuple[MemberFacts, ...]:
    members = placed.members()
    return tuple(
        MemberFacts(text_at(each.field("id")), finite_at(each.field("weight"))) for each in members
    )


def _read_texts(placed: Placed) -> tuple[str, ...]:
    return tuple(text_at(each) for each in placed.members())


def _read_pooled(placed: Placed) -> PoolingFacts:
    return PoolingFacts(text_at(placed.field("at")), optional(placed.field("id"), count_at))


def _read_steps(placed: Placed) -> StepFacts:
    return StepFacts(text_at(placed.field("read")), text_at(placed.field("reduction")))
