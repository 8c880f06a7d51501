"""The clients, the alignment and the check against a real Abacus server."""

import asyncio
import inspect
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any, get_args

import httpx
import numpy as np
import pytest

from abacus_rewards import AsyncRewardClient, RewardClient, RewardClientError, align
from abacus_rewards.errors import WireErrorKind
from abacus_rewards.items import (
    ChatItem,
    Close,
    CreditChoice,
    CreditMethod,
    Encoding,
    IdsItem,
    PlainItem,
    RequestHead,
    Truncate,
)
from abacus_rewards.models import ModelFacts, ModelLimits
from abacus_rewards.reply import CompletionRewards, Usage

ITEMS: list[Any] = [
    {"prompt": "The movie was", "completions": [" a delight.", " dull."]},
    {"prompt": "p", "completions": [" Grüß 🎬"], "token_spans": [[[0, 5], [5, 7], [7, 7]]]},
]


@pytest.fixture
def client(server: str) -> Iterator[RewardClient]:
    with RewardClient(server) as client:
        yield client


def schemas(server: str) -> dict[str, Any]:
    return httpx.get(f"{server}/openapi.json").json()["components"]["schemas"]


def test_the_types_are_those_of_openapi(server: str) -> None:
    documented = schemas(server)
    request = documented["RewardRequest"]["properties"]
    forms = request["items"]["items"]["anyOf"]
    for kind, form in zip((PlainItem, ChatItem, IdsItem), forms, strict=True):
        assert kind.__required_keys__ == set(form["required"])
        assert kind.__required_keys__ | kind.__optional_keys__ == set(form["properties"])
    assert RequestHead.__optional_keys__ == set(request) - {"items"}
    for kind in (RewardClient, AsyncRewardClient):
        for method in (kind.score, kind.score_each):
            names = set(inspect.signature(method).parameters)
            assert names == (set(request) - {"encoding"}) | {"self", "timeout_s"}
    credit = documented["CreditChoice"]["properties"]
    assert CreditChoice.__optional_keys__ == set(credit)
    assert set(get_args(CreditMethod)) == set(credit["method"]["enum"])
    assert set(get_args(Truncate)) == set(request["truncate"]["enum"])
    assert set(get_args(Close)) == set(request["close"]["enum"])
    assert set(get_args(Encoding)) == set(request["encoding"]["enum"])


def test_what_is_read_is_what_openapi_documents(server: str) -> None:
    documented = schemas(server)
    error = documented["ErrorBody"]["properties"]["error"]["properties"]
    assert set(get_args(WireErrorKind)) == set(error["kind"]["enum"])
    for kind, schema in (
        (CompletionRewards, documented["CompletionReply"]),
        (Usage, documented["RewardReply"]["properties"]["usage"]),
        (ModelFacts, documented["Model"]),
        (ModelLimits, documented["Model"]["properties"]["limits"]),
    ):
        assert {each.name for each in fields(kind)} == set(schema["properties"])


def test_scores_and_rewards_are_the_server_s(client: RewardClient, server: str) -> None:
    result = client.score(ITEMS)
    told = httpx.post(f"{server}/v1/rewards", json={"items": ITEMS}).json()
    assert result.model == told["model"] == "movie-reward"
    for item, other in zip(result.items, told["items"], strict=True):
        for mine, its in zip(item.completions, other["completions"], strict=True):
            assert mine.score == pytest.approx(its["score"], abs=1e-6)
            assert mine.rewards == pytest.approx(its["rewards"], abs=1e-6)
            assert mine.rewards.dtype == np.float32
            assert mine.rewards.flags.writeable
    assert len(result.items[1].completions[0].rewards) == 3


def test_units_come_back_as_ranges_with_the_sums_of_their_tokens(client: RewardClient) -> None:
    items: list[Any] = [{"prompt": "It is", "completions": [" fun, and warm. It is dull."]}]
    result = client.score(items, credit={"method": "red", "unit": "sentence", "pay": "spread"})
    assert (result.credit.unit, result.credit.pay) == ("sentence", "spread")
    completion = result.items[0].completions[0]
    assert completion.units is not None
    assert [unit.characters for unit in completion.units] == [(0, 16), (16, 27)]
    for unit in completion.units:
        rewards = completion.rewards[slice(*unit.tokens)]
        assert rewards.sum() == pytest.approx(unit.reward, abs=1e-5)


def test_items_are_split_and_come_back_in_their_order(server: str) -> None:
    items: list[Any] = [{"prompt": f"{i}", "completions": [" fine" * (i + 1)]} for i in range(20)]
    with RewardClient(server, max_items_per_request=3, encoding="json") as client:
        result = client.score(items)
        whole = [client.score([item]).items[0] for item in items[:4]]
    assert len(result.requests) == 7
    assert [len(item.completions[0].rewards) for item in result.items] == list(range(1, 21))
    for one, other in zip(whole, result.items, strict=False):
        assert one.completions[0].score == pytest.approx(other.completions[0].score, abs=1e-5)


def test_an_error_names_its_place_in_the_call(server: str) -> None:
    items: list[Any] = [{"prompt": "a", "completions": [" b"]} for _ in range(10)]
    items[7] = {"prompt": "a", "completions": [" word" * 100_000]}
    with RewardClient(server, max_items_per_request=4) as client:
        with pytest.raises(RewardClientError, match="at most 512 tokens") as caught:
            client.score(items)
        each = client.score_each(items)
    assert caught.value.kind == "too_long"
    assert caught.value.path == "items[7].completions[0]"
    errors = [i for i, item in enumerate(each.items) if isinstance(item, RewardClientError)]
    assert errors == [7]


@pytest.mark.parametrize("wrong", [float("nan"), {1}], ids=["nan", "set"])
def test_an_item_that_is_no_json_is_refused_alone(client: RewardClient, wrong: Any) -> None:
    items: list[Any] = [ITEMS[0], {"prompt": wrong, "completions": ["x"]}, ITEMS[1]]
    first, refused, last = client.score_each(items).items
    assert isinstance(refused, RewardClientError)
    assert (refused.kind, refused.path) == ("invalid_request", "items[1]")
    assert "items[1] is not JSON" in refused.message
    for item, alone in ((first, ITEMS[0]), (last, ITEMS[1])):
        assert not isinstance(item, RewardClientError)
        (expected,) = client.score([alone]).items
        scores = [each.score for each in expected.completions]
        assert [each.score for each in item.completions] == pytest.approx(scores, abs=1e-5)
    with pytest.raises(RewardClientError, match=r"items\[1\] is not JSON"):
        client.score(items)
    nothing = client.score_each(items[1:2])
    assert [getattr(each, "path", None) for each in nothing.items] == ["items[0]"]
    assert nothing.facts is None


def test_a_credit_that_is_no_json_is_an_error_of_the_client(client: RewardClient) -> None:
    credit: Any = {"method": "abc", "beta": float("nan")}
    for call in (client.score, client.score_each):
        with pytest.raises(
            RewardClientError, match="one of credit, encoding is not JSON"
        ) as caught:
            call(ITEMS, credit=credit)
        assert caught.value.kind == "invalid_request"


def test_many_threads_and_several_loops_share_a_client(server: str, client: RewardClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        scores = {
            result.items[0].completions[0].score
            for result in pool.map(lambda _: client.score(ITEMS), range(16))
        }
    assert max(scores) - min(scores) < 1e-5
    loops = AsyncRewardClient(server)

    async def once() -> float:
        result = await loops.score(ITEMS)
        await loops.aclose()
        return result.items[0].completions[0].score

    assert asyncio.run(once()) == pytest.approx(asyncio.run(once()), abs=1e-5)


def test_models_and_readiness(client: RewardClient) -> None:
    client.until_ready(timeout_s=20)
    assert client.ready()
    (model,) = client.models()
    assert model.id == "movie-reward"
    assert model.credit_methods[0].name == "abc"


@pytest.mark.parametrize("kind", ["byte", "llama", "metaspace", "unigram", "wordpiece"])
def test_every_policy_token_gets_a_reward(
    client: RewardClient, tokenizers: dict[str, Any], kind: str
) -> None:
    tokenizer = tokenizers[kind]
    special = list(tokenizer.all_special_ids)[:1]
    ids = tokenizer.encode("a warm film 🎬, with héart", add_special_tokens=False) + special
    aligned = align.align(tokenizer, ids)
    item: Any = {
        "prompt": "It was",
        "completions": [aligned.text],
        "token_spans": [aligned.spans],
    }
    (completion,) = client.score([item]).items[0].completions
    assert len(completion.rewards) == len(ids)
    assert float(completion.rewards.sum()) == pytest.approx(completion.score, abs=1e-4)
