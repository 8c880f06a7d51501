"""TRL's GRPO, trained for real with the token rewards of a running server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl", reason="TRL is not installed")

from datasets import Dataset  # noqa: E402
from policies import REVIEW_WORDS, spans_of_words, word_policy, word_tokenizer  # noqa: E402
from toys import COLOURS, LENGTH, PROMPT, TOY_WORDS  # noqa: E402
from transformers import PrinterCallback  # noqa: E402
from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer  # noqa: E402

from abacus_rewards.trl import AbacusReward, TokenRewardGRPOTrainer  # noqa: E402

torch.set_num_threads(1)
HERE = Path(__file__).parent
PROMPTS = ["the movie was", "the acting was so", "a film", "it was very"]
GROUP = 4
RED: Any = {"method": "red", "beta": 0.8}


class Watched(TokenRewardGRPOTrainer):
    """Keeps every batch as it is before TRL shuffles it."""

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        batch = super()._generate_and_score_completions(inputs)
        prompts = [each["prompt"] for each in inputs]
        self.__dict__.setdefault("batches", []).append((prompts, dict(batch)))
        return batch


def trained(
    kind: Any, reward: Any, tmp_path: Path, *, config: Any = GRPOConfig, **settings: Any
) -> Any:
    """A trainer after two steps of eight completions."""
    own = {name: settings.pop(name) for name in ("token_baseline", "tools") if name in settings}
    kept = {
        "output_dir": str(tmp_path),
        "per_device_train_batch_size": 8,
        "num_generations": GROUP,
        "max_completion_length": 10,
        "max_steps": 2,
        "learning_rate": 1e-3,
        "logging_steps": 1,
        "report_to": [],
        "save_strategy": "no",
        "use_cpu": True,
        "bf16": False,
        "disable_tqdm": True,
    }
    trainer = kind(
        model=word_policy(REVIEW_WORDS, seed=0),
        processing_class=word_tokenizer(REVIEW_WORDS),
        reward_funcs=reward,
        args=config(**{**kept, **settings}),
        train_dataset=Dataset.from_dict({"prompt": PROMPTS * 4}),
        **own,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return trainer


def server_rewards(
    server: str, tokenizer: Any, prompts: Sequence[str], ids: Sequence[Sequence[int]]
) -> list[dict[str, Any]]:
    """What a server says of completions that are sent by hand."""
    items = []
    for prompt, each in zip(prompts, ids, strict=True):
        text, spans = spans_of_words(tokenizer, each)
        items.append({"prompt": prompt, "completions": [text], "token_spans": [spans]})
    reply = httpx.post(f"{server}/v1/rewards", json={"items": items, "credit": RED}, timeout=60)
    return [item["completions"][0] for item in reply.json()["items"]]


def expected_advantages(
    replies: Sequence[dict[str, Any]], scaling: str, has_baseline: bool
) -> list[list[float]]:
    """A[i, t], computed in float64 from the formula alone."""
    scores = np.array([each["score"] for each in replies])
    rows = []
    for i, reply in enumerate(replies):
        group = slice(i // GROUP * GROUP, i // GROUP * GROUP + GROUP)
        deviation = {"group": scores[group].std(ddof=1), "batch": scores.std(ddof=1)}.get(scaling)
        scale = 1.0 if deviation is None else 1 / (deviation + 1e-4)
        row = []
        for t in range(len(reply["rewards"])):
            before = sum(reply["rewards"][:t])
            others = [
                sum(each["rewards"][:t]) for each in replies[group] if len(each["rewards"]) > t
            ]
            baseline = np.mean(others) if has_baseline else 0.0
            row.append(scale * (scores[i] - scores[group].mean() - (before - baseline)))
        rows.append(row)
    if scaling == "none":
        return rows
    size = GROUP if scaling == "group" else len(rows)
    parts = [slice(i, i + size) for i in range(0, len(rows), size)]
    return [
        [as_large(rows, scores, part) * a for a in rows[i]]
        for part in parts
        for i in range(len(rows))[part]
    ]


def as_large(rows: Sequence[Sequence[float]], scores: Any, part: slice) -> float:
    """What makes advantages of tokens as large as those of their completions."""
    groups = scores.reshape(-1, GROUP)
    own = (groups - groups.mean(axis=1, keepdims=True)).ravel()[part]
    deviation = scores[part].std(ddof=1) + 1e-4
    squares = sum(np.mean(np.square(row)) for row in rows[part])
    return float(np.sqrt(np.sum((own / deviation) ** 2) / squares))


@pytest.mark.parametrize(
    ("scaling", "baseline"), [("group", "group"), ("batch", "none"), ("none", "group")]
)
def test_grpo_trains_on_the_rewards_of_the_server(
    server: str, tmp_path: Path, scaling: str, baseline: str
) -> None:
    tokenizer = word_tokenizer(REVIEW_WORDS)
    reward = AbacusReward(server, tokenizer, credit=RED)
    start = {n: p.clone() for n, p in word_policy(REVIEW_WORDS, seed=0).named_parameters()}
    trainer = trained(Watched, reward, tmp_path, scale_rewards=scaling, token_baseline=baseline)
    assert len(trainer.batches) == 2
    lengths = set()
    for prompts, batch in trainer.batches:
        masks = batch["completion_mask"].bool()
        ids = [row[mask].tolist() for row, mask in zip(batch["completion_ids"], masks, strict=True)]
        replies = server_rewards(server, tokenizer, prompts, ids)
        rows = expected_advantages(replies, scaling, baseline == "group")
        for used, mask, row in zip(batch["advantages"], masks, rows, strict=True):
            assert used[mask].tolist() == pytest.approx(row, abs=2e-3, rel=1e-3)
            assert not used[~mask].any()
            lengths.add(len(row))
    assert len(lengths) > 1, "completions of one length show nothing of padding"
    moved = [not torch.equal(p, start[n]) for n, p in trainer.model.named_parameters()]
    assert all(moved)
    logged = [each for each in trainer.state.log_history if "reward" in each]
    assert {"rewards/abacus/mean", "abacus/fallbacks"} <= logged[0].keys()


@pytest.mark.parametrize("scaling", ["none", "group", "batch"])
def test_advantages_are_as_large_as_those_of_grpo_itself(
    server: str, tmp_path: Path, scaling: str
) -> None:
    tokenizer = word_tokenizer(REVIEW_WORDS)

    class Beside(TokenRewardGRPOTrainer):
        def _generate_and_score_completions(self, inputs: Any) -> Any:
            theirs: Any = {}
            plain = GRPOTrainer._generate_and_score_completions

            def kept(trainer: Any, given: Any) -> Any:
                theirs.update(plain(trainer, given))
                return dict(theirs)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(GRPOTrainer, "_generate_and_score_completions", kept)
                batch = super()._generate_and_score_completions(inputs)
            own, ours, mask = theirs["advantages"], batch["advantages"], batch["completion_mask"]
            assert own.shape == (8,)
            if scaling == "none":
                assert torch.allclose(ours[:, 0], own)
            else:
                size = GROUP if scaling == "group" else 8
                squares = (ours**2).sum(1) / mask.sum(1)
                sums = squares.view(-1, size).sum(1)
                assert torch.allclose(sums, (own**2).view(-1, size).sum(1), rtol=1e-4)
                # One factor for all that are compared, so the first tokens keep their order.
                ratios = (ours[:, 0] / own).view(-1, size)
                assert torch.allclose(ratios, ratios[:, :1].expand_as(ratios), rtol=1e-3)
            return batch

    trained(Beside, AbacusReward(server, tokenizer), tmp_path, scale_rewards=scaling)


@pytest.mark.parametrize(("scaling", "prompts"), [("group", 2), ("batch", 1), ("batch", 2)])
def test_a_group_of_one_in_evaluation_has_no_advantage(
    server: str, tmp_path: Path, scaling: str, prompts: int
) -> None:
    tokenizer = word_tokenizer(REVIEW_WORDS)
    trainer = Watched(
        model=word_policy(REVIEW_WORDS, seed=0),
        processing_class=tokenizer,
        reward_funcs=AbacusReward(server, tokenizer, credit=RED),
        args=GRPOConfig(
            output_dir=str(tmp_path),
            per_device_train_batch_size=4,
            per_device_eval_batch_size=prompts,
            num_generations=4,
            num_generations_eval=1,
            max_completion_length=6,
            scale_rewards=scaling,
            report_to=[],
            use_cpu=True,
            bf16=False,
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_dict({"prompt": PROMPTS}),
        eval_dataset=Dataset.from_dict({"prompt": PROMPTS[:prompts]}),
    )
    trainer.remove_callback(PrinterCallback)
    told = trainer.evaluate()
    ((_, batch),) = trainer.batches
    assert batch["advantages"].shape == batch["completion_mask"].shape
    assert not batch["advantages"].any()
    mean = np.mean([each.score for each in trainer.reward_funcs[0].last])
    assert told["eval_reward"] == pytest.approx(mean, abs=1e-4)


def test_the_loss_weighs_every_token_by_its_own_advantage(server: str, tmp_path: Path) -> None:
    """The derivative of the loss by a token's log-probability is minus its advantage."""
    reward = AbacusReward(server, word_tokenizer(REVIEW_WORDS), credit=RED)
    trainer = trained(Watched, reward, tmp_path, loss_type="dr_grpo", scale_rewards="none")
    _, batch = trainer.batches[-1]
    logps = torch.zeros(batch["completion_ids"].shape, requires_grad=True)
    trainer._get_per_token_logps_and_entropies = lambda *args, **kwargs: (
        logps,
        torch.zeros_like(logps),
        None,
    )
    trainer._compute_loss(trainer.model, batch).backward()
    completions, tokens = logps.shape[0], trainer.max_completion_length
    assert torch.allclose(logps.grad, -batch["advantages"] / (completions * tokens), atol=1e-7)
    assert batch["advantages"][0].unique().numel() > 2


def test_other_reward_functions_count_for_the_whole_completion(server: str, tmp_path: Path) -> None:
    tokenizer = word_tokenizer(REVIEW_WORDS)
    reward = AbacusReward(server, tokenizer, credit=RED)

    def length(completion_ids: Any, **columns: Any) -> list[float | None]:
        return [None if len(ids) == 3 else float(len(ids)) for ids in completion_ids]

    weights, settings = [0.5, 2.0], {"scale_rewards": "none", "token_baseline": "none"}
    trainer = trained(Watched, [length, reward], tmp_path, reward_weights=weights, **settings)
    prompts, batch = trainer.batches[0]
    masks = batch["completion_mask"].bool()
    ids = [row[mask].tolist() for row, mask in zip(batch["completion_ids"], masks, strict=True)]
    replies = server_rewards(server, tokenizer, prompts, ids)
    for i, (used, reply) in enumerate(zip(batch["advantages"], replies, strict=True)):
        before = 2.0 * np.cumsum([0.0, *reply["rewards"][:-1]])
        assert used[masks[i]].tolist() == pytest.approx(float(used[0]) - before, abs=2e-3)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"loss_type": "vespo"}, "one advantage per completion"),
        (
            {"importance_sampling_level": "sequence", "loss_type": "grpo"},
            "one ratio, and all its tokens alike",
        ),
        ({"multi_objective_aggregation": "normalize_then_sum"}, "divides each reward on its own"),
        ({"off_policy_mask_threshold": 0.5}, "by the sign of one advantage"),
        ({"config": RLOOConfig}, "those of whole completions"),
        ({"tools": [print]}, "several turns"),
    ],
)
def test_what_would_mean_something_else_is_refused(
    tmp_path: Path, settings: dict[str, Any], reason: str
) -> None:
    reward = AbacusReward("http://127.0.0.1:9", word_tokenizer(REVIEW_WORDS))
    with pytest.raises(ValueError, match=reason):
        trained(TokenRewardGRPOTrainer, reward, tmp_path, **settings)


def test_one_of_the_reward_functions_must_be_of_abacus(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be an AbacusReward: received 0"):
        trained(TokenRewardGRPOTrainer, lambda **columns: [0.0], tmp_path)


def test_scores_serve_rloo_as_well(server: str, tmp_path: Path) -> None:
    reward = AbacusReward(server, word_tokenizer(REVIEW_WORDS))
    trainer = trained(RLOOTrainer, reward, tmp_path, config=RLOOConfig, beta=0.0)
    mean = np.mean([each.score for each in reward.last])
    assert trainer.state.log_history[-2]["reward"] == pytest.approx(mean, abs=1e-4)


def test_a_failure_ends_the_run(tmp_path: Path) -> None:
    from abacus_rewards import RewardClient, RewardClientError

    client = RewardClient("http://127.0.0.1:9", retries=0)
    with pytest.raises(RewardClientError) as caught:
        trained(GRPOTrainer, AbacusReward(client, word_tokenizer(REVIEW_WORDS)), tmp_path)
    assert caught.value.kind == "network"


def test_ids_of_another_tokenizer_are_refused(server: str, tmp_path: Path) -> None:
    reward = AbacusReward(server, word_tokenizer(REVIEW_WORDS), ids=True)
    with pytest.raises(ValueError, match="must have the reward model's tokenizer"):
        trained(GRPOTrainer, reward, tmp_path)


@pytest.mark.slow
def test_a_group_on_two_processes_has_one_mean_and_one_baseline(
    server: str, tmp_path: Path
) -> None:
    """Each process has two of the four completions of every group."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE)]),
    }
    run = subprocess.run(
        [*command, str(HERE / "two_processes.py"), server, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    parts = [json.loads((tmp_path / f"rank{rank}.json").read_text()) for rank in range(2)]
    prompts, ids, used = (parts[0][name] + parts[1][name] for name in ("prompts", "ids", "used"))
    assert len(parts[0]["ids"]) == 2
    assert len(set(prompts)) == 1
    replies = server_rewards(server, word_tokenizer(REVIEW_WORDS), prompts, ids)
    rows = expected_advantages(replies, "group", has_baseline=True)
    for row, other in zip(used, rows, strict=True):
        assert row == pytest.approx(other, abs=2e-3, rel=1e-3)


def first_step_at(rewards: Sequence[float], score: float) -> int:
    """The first step at which the mean of three steps has reached a score."""
    means = [float(np.mean(rewards[i : i + 3])) for i in range(len(rewards) - 2)]
    return next((i for i, mean in enumerate(means) if mean >= score), len(rewards))


@pytest.mark.slow
def test_a_toy_task_is_learned_in_fewer_steps_with_token_rewards(
    toy_server: str, tmp_path: Path
) -> None:
    steps: dict[Any, list[int]] = {GRPOTrainer: [], TokenRewardGRPOTrainer: []}
    tokenizer = word_tokenizer(TOY_WORDS)
    for seed in range(5):
        for kind, counts in steps.items():
            config = GRPOConfig(
                output_dir=str(tmp_path),
                per_device_train_batch_size=16,
                num_generations=16,
                max_completion_length=LENGTH,
                generation_kwargs={"min_new_tokens": LENGTH},
                max_steps=50,
                learning_rate=3e-3,
                lr_scheduler_type="constant",
                loss_type="dr_grpo",
                scale_rewards="none",
                logging_steps=1,
                report_to=[],
                save_strategy="no",
                use_cpu=True,
                bf16=False,
                disable_tqdm=True,
                seed=seed,
            )
            trainer = kind(
                model=word_policy(TOY_WORDS, seed),
                processing_class=tokenizer,
                reward_funcs=AbacusReward(
                    toy_server, tokenizer, ids=True, credit={"method": "red", "beta": 1.0}
                ),
                args=config,
                train_dataset=Dataset.from_dict({"prompt": [PROMPT] * 64}),
            )
            trainer.train()
            rewards = [each["reward"] for each in trainer.state.log_history if "reward" in each]
            counts.append(first_step_at(rewards, 3.0 * LENGTH / len(COLOURS)))
    plain, dense = steps.values()
    print(f"steps to three times the score of chance: {plain} by scores, {dense} by token rewards")
    assert all(few < many for few, many in zip(dense, plain, strict=True)), (plain, dense)
