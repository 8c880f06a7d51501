"""TRL 1.16: the rewards of an Abacus server in GRPO, as scores or token by token.

`AbacusReward` is a reward function for any trainer of TRL that takes one. `TokenRewardGRPOTrainer`
is GRPO with an advantage for each token:

    A[i, t] = ratio * (A[i] - scale[i] * (before[i, t] - baseline[t]))

`A[i]` is GRPO's own advantage. `before` is what completion i had earned before its token t, which
is no merit of that token, and `scale` what GRPO multiplies rewards with (1 / deviation of the group
or the batch, or 1). The baseline is the mean of `before` over those of the group that have a token
t, or 0. `ratio` makes the advantages of a group, or of the batch, as large as GRPO's own, where it
divides by a deviation; without it they would have no bound where scores are nearly equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch

from .align import PolicyTokenizer
from .client import RewardClient
from .items import Close, CreditChoice
from .reply import CompletionRewards
from .rollouts import Prompt, Rollout
from .scorers import RolloutItems, RolloutScorer
from .versions import require_release

TRL_VERSION = require_release("trl", "1.16")

from trl import GRPOTrainer, RLOOConfig  # noqa: E402
from trl.trainer.utils import nanstd  # noqa: E402

DEVIATION_FLOOR = 1e-4
"""What GRPO adds to a deviation before it divides by it."""

TOLERANCE = 1e-3
"""How far an advantage may be from GRPO's own, relative to it where it is above 1."""

SEQUENCE_RATIO = "as they weigh a whole completion by one ratio, and all its tokens alike"

REFUSED_SETTINGS: Mapping[str, tuple[Any, str]] = {
    "loss_type": ("vespo", "as its weights are made for one advantage per completion"),
    "importance_sampling_level": ("sequence", SEQUENCE_RATIO),
    "multi_objective_aggregation": ("normalize_then_sum", "as it divides each reward on its own"),
}
"""Settings of GRPOConfig under which advantages per token would mean something else, and why."""


class AbacusReward:
    """A reward function of TRL: one score per completion. The rewards of tokens stay in `last`.

    A failure is raised, and ends the run: a reward of 0 in its place would train the policy on
    nothing.

    Args:
        server: a client, or the server's address.
        tokenizer: the policy's (`processing_class` of the trainer).
        ids: whether the reward model has the policy's tokenizer, so that ids can be sent.
        credit: how scores are spread, as in `{"method": "red"}`.
        model: the model that must answer.
        close: the token that texts are closed with.
    """

    def __init__(
        self,
        server: RewardClient | str,
        tokenizer: PolicyTokenizer,
        *,
        ids: bool = False,
        credit: CreditChoice | None = None,
        model: str | None = None,
        close: Close | None = None,
    ) -> None:
        self.__name__ = "abacus"  # in TRL's logs: rewards/abacus/mean
        items = RolloutItems(tokenizer, ids=ids)
        self._scorer = RolloutScorer(server, items, credit=credit, model=model, close=close)
        self._tokenizer: Any = tokenizer
        self._ids = ids
        self.last: list[CompletionRewards] = []
        """The rewards of the last call, in its order."""

    def __call__(
        self,
        *,
        prompts: Sequence[Prompt],
        completion_ids: Sequence[Sequence[int]],
        log_metric: Any = None,
        **columns: Any,
    ) -> list[float]:
        """Scores the completions of one process, as TRL asks: one score each, in their order."""
        pairs = zip(prompts, completion_ids, strict=True)
        self.last = self._scorer.score([self._rollout(prompt, ids) for prompt, ids in pairs])
        if log_metric is not None:
            for name, value in _metrics(self.last).items():
                log_metric(f"abacus/{name}", value)
        return [each.score for each in self.last]

    def _rollout(self, prompt: Prompt, completion_ids: Sequence[int]) -> Rollout:
        """A text has the ids that TRL makes of it; a conversation is sent as messages."""
        if isinstance(prompt, str):
            prompt_ids = self._tokenizer(text=prompt)["input_ids"]
            return Rollout(prompt=prompt, prompt_ids=prompt_ids, completion_ids=completion_ids)
        if self._ids:
            raise ValueError(
                "Cannot send ids of a conversation as TRL does not tell how it was rendered: "
                "received messages. Send texts (ids=False)"
            )
        return Rollout(prompt=prompt, completion_ids=completion_ids)


def _metrics(rewards: Sequence[CompletionRewards]) -> dict[str, float]:
    """What tells whether token rewards say anything, as means over completions."""
    masses = [each.response_mass for each in rewards if each.response_mass is not None]
    mean = {"response_mass": sum(masses) / len(masses)} if masses else {}
    fallbacks = sum(each.fallback is not None for each in rewards)
    return {**mean, "fallbacks": fallbacks / max(len(rewards), 1)}


class TokenRewardGRPOTrainer(GRPOTrainer):
    """GRPO with an advantage for each token.

    It takes the arguments of GRPOTrainer; exactly one of `reward_funcs` is an `AbacusReward`. Other
    reward functions count for the whole completion, as in GRPO.

    Args:
        token_baseline: `group` for the mean of the group at the same token, `none` for 0. Both have
            the same expected gradient; without it late tokens are all pushed down where scores are
            above 0, and up where they are below, which averages out, but slowly.

    Raises:
        ValueError: for settings under which advantages per token would mean something else.
    """

    def __init__(
        self, *args: Any, token_baseline: Literal["group", "none"] = "group", **kwargs: Any
    ) -> None:
        config = kwargs.get("args", args[2] if len(args) > 2 else None)
        if isinstance(config, RLOOConfig):
            raise ValueError(
                "Cannot train RLOO with token rewards as its ratio and advantage are those of "
                "whole completions: received RLOOConfig. GRPOConfig(scale_rewards='none', "
                "loss_type='dr_grpo') is its counterpart for tokens"
            )
        for name in ("tools", "environment_factory"):
            if kwargs.get(name):
                raise ValueError(
                    "Cannot train with token rewards over several turns as a reward model pays "
                    f"tokens of tools too, which are not trained: received {name}"
                )
        super().__init__(*args, **kwargs)
        _require_settings(self.args)
        self._abacus = _only_abacus(self.reward_funcs)
        self._has_baseline = token_baseline == "group"

    def _calculate_rewards(
        self, inputs: Any, prompts: Any, completions: Any, completion_ids_list: Any
    ) -> torch.Tensor:
        """(completions of all processes, reward functions); keeps what scales this process's."""
        gathered: torch.Tensor = super()._calculate_rewards(
            inputs, prompts, completions, completion_ids_list
        )
        weights = self.reward_weights.to(gathered.device)
        start = self.accelerator.process_index * len(prompts)
        here = slice(start, start + len(prompts))
        scores = (gathered * weights).nansum(dim=1)
        scale = self._scale(scores)
        self._own = ((scores - self._group_mean(scores)) * scale)[here]
        self._pay_scale = scale[here] * weights[self._abacus]
        return gathered

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        """The batch, with advantages (completions, tokens) in place of (completions,)."""
        batch: dict[str, Any] = super()._generate_and_score_completions(inputs)
        if "tool_mask" in batch:
            raise ValueError(
                "Cannot train with token rewards as all tokens of a completion must be the "
                "policy's own: received a mask of tools or of an environment"
            )
        own = batch["advantages"]
        _require_equal(self._own, own)
        mask = batch["completion_mask"]
        before = _rewards_before(self.reward_funcs[self._abacus].last, mask)
        if self._has_baseline:
            before = before - self._baseline(before, mask)
        advantages = (own.unsqueeze(1) - before * self._pay_scale.unsqueeze(1)) * mask
        if self.scale_rewards != "none":
            advantages = advantages * self._size_ratio(own, advantages, mask).unsqueeze(1)
        batch["advantages"] = advantages
        return batch

    def _size_ratio(
        self, own: torch.Tensor, advantages: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """(completions,), what makes tokens' advantages as large as `own`: `advantages.size_ratio`.

        Together those of a group are, or those of the batch where rewards are divided by its
        deviation; other processes may have a part of either.
        """
        tokens = mask.sum(dim=1)
        of_tokens = (advantages**2).sum(dim=1) / tokens.clamp(min=1)
        here = torch.stack([own**2 * (tokens > 0), of_tokens], dim=1)
        squares = self.accelerator.gather(here)
        size = len(squares) if self.scale_rewards == "batch" else self._group_size()
        theirs, ours = squares.view(-1, size, 2).sum(dim=1).unbind(dim=1)
        ratios = torch.where(ours > 0, (theirs / ours).sqrt(), 1.0).repeat_interleave(size)
        start = self.accelerator.process_index * len(own)
        return ratios[start : start + len(own)]

    def _baseline(self, before: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(completions, tokens), the mean of the group, part of which other processes may have."""
        here = torch.stack([before, mask.float()], dim=1)
        padded = self.accelerator.pad_across_processes(here, dim=2)
        earned, there = self.accelerator.gather(padded).unbind(dim=1)
        size = self._group_size()
        sums = (earned * there).view(-1, size, earned.shape[1]).sum(dim=1)
        means = sums / there.view(-1, size, there.shape[1]).sum(dim=1).clamp(min=1)
        start = self.accelerator.process_index * len(before)
        everywhere: torch.Tensor = means.repeat_interleave(size, dim=0)
        return everywhere[start : start + len(before), : before.shape[1]]

    def _scale(self, scores: torch.Tensor) -> torch.Tensor:
        """(completions of all processes,), what GRPO multiplies a reward with."""
        if self.scale_rewards == "none":
            return torch.ones_like(scores)
        if self.scale_rewards == "batch":
            return _inverse(_deviations(scores.view(1, -1))).expand_as(scores)
        deviations = _deviations(scores.view(-1, self._group_size()))
        return _inverse(deviations).repeat_interleave(self._group_size())

    def _group_mean(self, scores: torch.Tensor) -> torch.Tensor:
        means = torch.nanmean(scores.view(-1, self._group_size()), dim=1)
        return means.repeat_interleave(self._group_size())

    def _group_size(self) -> int:
        training = self.model.training
        return int(self.num_generations if training else self.num_generations_eval)


def _deviations(groups: torch.Tensor) -> torch.Tensor:
    """(groups,), of (groups, scores); 0 of a single one, as evaluation may have groups of one."""
    size = groups.shape[1]
    deviations: torch.Tensor = nanstd(groups, dim=1) if size > 1 else groups.new_zeros(len(groups))
    return deviations


def _inverse(deviation: torch.Tensor) -> torch.Tensor:
    """1 / deviation, as GRPO divides; 0 where all rewards are equal, as GRPO learns nothing."""
    is_zero = torch.isclose(deviation, torch.zeros_like(deviation))
    return torch.where(is_zero, 0.0, 1 / (deviation + DEVIATION_FLOOR))


def _rewards_before(rewards: Sequence[CompletionRewards], mask: torch.Tensor) -> torch.Tensor:
    """(completions, tokens), what each completion had earned before each of its tokens."""
    rows = torch.zeros(mask.shape, dtype=torch.float32)
    for row, each in zip(rows, rewards, strict=True):
        row[: len(each.rewards)] = torch.tensor(each.rewards, dtype=torch.float32)
    return (rows.cumsum(1) - rows).to(mask.device)


def _require_settings(config: Any) -> None:
    for name, (refused, reason) in REFUSED_SETTINGS.items():
        if getattr(config, name) == refused:
            raise ValueError(
                f"Cannot train with token rewards with {name}='{refused}' {reason}: received it in "
                "GRPOConfig"
            )
    if config.off_policy_mask_threshold is not None:
        raise ValueError(
            "Cannot train with token rewards with off_policy_mask_threshold as it drops whole "
            f"completions by the sign of one advantage: received {config.off_policy_mask_threshold}"
        )


def _only_abacus(reward_funcs: Sequence[Any]) -> int:
    """The place of the AbacusReward among the reward functions."""
    places = [i for i, each in enumerate(reward_funcs) if isinstance(each, AbacusReward)]
    if len(places) == 1:
        return places[0]
    raise ValueError(
        "Cannot train with token rewards as one of reward_funcs must be an AbacusReward: received "
        f"{len(places)} of them"
    )


def _require_equal(computed: torch.Tensor, own: torch.Tensor) -> None:
    """What was scaled here is GRPO's own advantage, or this is not the GRPO that was tested."""
    distance = (computed - own).abs() / own.abs().clamp(min=1)
    if bool((distance <= TOLERANCE).all()):
        return
    worst = int(distance.argmax())
    raise RuntimeError(
        "Cannot train with token rewards as advantages of completions must be GRPO's own, "
        f"{float(own[worst]):.6g}: received {float(computed[worst]):.6g} with TRL {TRL_VERSION}"
    )
