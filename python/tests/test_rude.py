"""Both clients against a real socket and a rude server behind it."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as WaitTimeoutError  # another one before 3.11
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from abacus_rewards import AsyncRewardClient, RewardClient, RewardClientError

ENDLESS = {"silence", "drip"}
LONG_S = 120.0
"""Far longer than any story takes, as the machine may be busy with other things."""


def options(story: str) -> dict[str, Any]:
    return {
        "retries": 1,
        "uniform": lambda: 0.0,
        "timeout_s": 0.5 if story in ENDLESS else LONG_S,
        "max_bytes_per_answer": 100_000,
        "model": "asked-reward" if story == "other-model" else None,
    }


def plain(value: Any) -> Any:
    """As the TypeScript client's answer reads in JSON, where arrays are objects of indices."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return {str(i): float(each) for i, each in enumerate(value)}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if is_dataclass(value):
        named = ((each.name, getattr(value, each.name)) for each in fields(value))
        return {name: plain(each) for name, each in named if each is not None}
    return value


def refused(story: str, error: RewardClientError) -> str:
    # How far a request came in its time is the machine's business.
    status = "-" if error.status is None else error.status
    return error.kind if story in ENDLESS else f"{error.kind} {status} {error.attempts}"


async def ask(rude: dict[str, Any], story: str) -> Any:
    async with AsyncRewardClient(f"{rude['url']}/{story}", **options(story)) as client:
        try:
            return plain((await client.score(rude["items"])).items)
        except RewardClientError as error:
            return refused(story, error)


def ask_in_thread(rude: dict[str, Any], story: str) -> Any:
    with RewardClient(f"{rude['url']}/{story}", **options(story)) as client:
        try:
            return plain(client.score(rude["items"]).items)
        except RewardClientError as error:
            return refused(story, error)


def expected(rude: dict[str, Any]) -> dict[str, Any]:
    return {
        story: json.loads(told.removeprefix("scored ")) if told.startswith("scored ") else told
        for story, told in rude["outcomes"].items()
    }


def test_in_a_loop_every_rudeness_has_its_outcome(rude: dict[str, Any]) -> None:
    async def all_of_them() -> dict[str, Any]:
        stories = [each for each in rude["outcomes"] if not each.endswith("-once")]
        outcomes = await asyncio.gather(*(ask(rude, story) for story in stories))
        return dict(zip(stories, outcomes, strict=True))

    outcomes = asyncio.run(all_of_them())
    assert len(outcomes) > 30
    assert outcomes == {story: expected(rude)[story] for story in outcomes}


def test_from_threads_every_rudeness_has_its_outcome(rude: dict[str, Any]) -> None:
    stories = list(rude["outcomes"])
    with ThreadPoolExecutor(8) as pool:
        told = pool.map(lambda each: ask_in_thread(rude, each), stories)
        outcomes = dict(zip(stories, told, strict=True))
    assert outcomes == expected(rude)


def test_a_call_ends_within_its_time(rude: dict[str, Any]) -> None:
    with RewardClient(f"{rude['url']}/silence", timeout_s=0.2) as client:
        result = client.score_each(rude["items"])
        assert [each.kind for each in result.items] == ["timeout", "timeout"]  # type: ignore[union-attr]
        assert result.facts is None


def test_closing_aborts_a_call_under_way(rude: dict[str, Any]) -> None:
    client = RewardClient(f"{rude['url']}/silence")
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(client.score, rude["items"])
        with pytest.raises(WaitTimeoutError):
            call.result(timeout=0.3)
        client.close()
        with pytest.raises(RewardClientError) as caught:
            call.result(timeout=5)
    assert caught.value.kind == "aborted"
