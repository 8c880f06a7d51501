"""OpenRLHF 0.11.2: its own executor, experience maker and loss, with a running server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from conftest import ROOT

pytest.importorskip("openrlhf", reason="OpenRLHF is not installed")

from abacus_rewards.openrlhf.settings import Settings, read_arguments

HERE = Path(__file__).parent
MODEL = ROOT / "models" / "movie-reward"
SAMPLES = 2


def run(*command: str) -> Any:
    """A command beside stand-ins for vLLM and flash-attn."""
    paths = [str(HERE.parent), str(HERE), str(HERE / "stand_ins")]
    return subprocess.run(
        [sys.executable, *command],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "CUDA_VISIBLE_DEVICES": "",
            "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )


def leads(rewards: list[list[float]], groups: list[list[int]]) -> list[list[float]]:
    """What each completion had earned before each token, beyond the mean of its group."""
    before = [[sum(row[:t]) for t in range(len(row))] for row in rewards]
    result = [list(row) for row in before]
    for group in groups:
        for i in group:
            for t in range(len(before[i])):
                result[i][t] -= float(np.mean([before[j][t] for j in group if len(before[j]) > t]))
    return result


def shaped(estimator: str, scores: Any) -> tuple[Any, Any]:
    """What an estimator makes of scores, and what it divides them by, after its definition."""
    pairs = scores.reshape(-1, SAMPLES)
    ones = np.ones_like(scores)
    if estimator == "rloo":
        return (pairs - (pairs.sum(1, keepdims=True) - pairs) / (SAMPLES - 1)).ravel(), ones
    if estimator in ("reinforce_baseline", "dr_grpo"):
        return (pairs - pairs.mean(1, keepdims=True)).ravel(), ones
    if estimator == "group_norm":
        deviations = np.repeat(pairs.std(1, ddof=1), SAMPLES)
        return (pairs - pairs.mean(1, keepdims=True)).ravel() / deviations, deviations
    return (scores - scores.mean() if estimator == "flash_reinforce" else scores), ones


def as_large(rows: list[list[float]], own: Any) -> list[list[float]]:
    """The same, as large together in each pair as the advantages of completions."""
    squares = np.array([np.mean(np.square(row)) for row in rows]).reshape(-1, SAMPLES).sum(1)
    theirs = np.square(own).reshape(-1, SAMPLES).sum(1)
    ratios = np.repeat(np.sqrt(theirs / squares), SAMPLES)
    return [[ratio * each for each in row] for ratio, row in zip(ratios, rows, strict=True)]


@pytest.mark.slow
def test_openrlhf_weighs_each_token_by_what_it_earned_with_stand_ins_for_vllm_and_its_models(
    server: str,
) -> None:
    ran = run(str(HERE / "openrlhf_trainer.py"), server, str(MODEL))
    assert ran.returncode == 0, ran.stderr[-3000:]
    told = json.loads(ran.stdout.strip().splitlines()[-1])
    items = [
        {"prompt_ids": ids[:start], "completion_ids": [ids[start:]]}
        for ids, start in zip(told["sequences"], told["starts"], strict=True)
    ]
    body = {"items": items, "credit": {"method": "red"}}
    reply = httpx.post(f"{server}/v1/rewards", json=body, timeout=60).json()
    completions = [item["completions"][0] for item in reply["items"]]
    scores = np.array([each["score"] for each in completions])
    assert told["rewards"] == pytest.approx(scores.tolist(), abs=1e-5)
    rewards = [each["rewards"] for each in completions]
    assert len({len(row) for row in rewards}) > 1, "equal lengths show nothing of padding"
    for estimator, made in told["estimates"].items():
        groups = {"gae": [], "reinforce": [[0, 1, 2, 3]], "flash_reinforce": [[0, 1, 2, 3]]}
        lead = leads(rewards, groups.get(estimator, [[0, 1], [2, 3]]))
        own, deviations = shaped(estimator, scores)
        expected = [[own[i] - each / deviations[i] for each in row] for i, row in enumerate(lead)]
        if estimator == "group_norm":
            expected = as_large(expected, own)
        assert np.abs(made["difference"]).max() < 1e-4
        for row, other in zip(made["returns"], expected, strict=True):
            assert row == pytest.approx(other, abs=1e-3), estimator
        for row, other in zip(made["derivatives"], made["advantages"], strict=True):
            assert row == pytest.approx([-each for each in other], abs=1e-5), estimator
        for row, other in zip(made["returns"], made["advantages"], strict=True):
            shift = np.subtract(row, other)  # OpenRLHF subtracts one mean of all tokens at most
            assert np.ptp(shift) < 1e-5
    first, second = told["refused"]
    assert "must be the server's scores of the same ids" in first
    assert "policy_loss_type='gspo'" in second


@pytest.mark.slow
def test_the_launcher_hands_everything_else_to_openrlhf_with_stand_ins_for_vllm() -> None:
    own = ["-m", "abacus_rewards.openrlhf", "--abacus.url", "http://127.0.0.1:9"]
    ran = run(*own, "--actor.no_such_argument", "1")
    assert ran.returncode == 2
    assert "unrecognized arguments: --actor.no_such_argument 1" in ran.stderr
    assert "--abacus.url" not in ran.stderr


def test_arguments_of_abacus_are_told_from_those_of_openrlhf() -> None:
    written = ["--abacus.url", "http://a", "--abacus.credit", '{"method": "red"}']
    settings, rest = read_arguments([*written, "--train.seed", "1", "--abacus.other_rewards"])
    assert settings == Settings(url="http://a", credit={"method": "red"}, has_other_rewards=True)
    assert rest == ["--train.seed", "1"]


def test_credit_that_is_no_object_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_arguments(["--abacus.url", "http://a", "--abacus.credit", "red"])
    assert "must be an object of JSON: received red" in capsys.readouterr().err


def test_equal_scores_have_no_scale() -> None:
    torch = pytest.importorskip("torch")
    from abacus_rewards.openrlhf.experience import _inverse

    assert _inverse(torch.tensor([0.0, 1e-8, 2.0])).tolist() == [0.0, 0.0, 0.5]
