"""Pays tokens in OpenRLHF's experience maker.

OpenRLHF shapes the reward R[i] of a completion (baseline of its group, penalties, clipping) and
puts it on the last token. To that is added what sums to nothing over the completion:

    r[i, t] = (R[i] on the last token) + lead[i, t + 1] - lead[i, t]

`lead` is what the completion had earned before a token, less the mean of those it is compared with,
in units of R. So the return of a token is R[i] - lead[i, t]: at the first token OpenRLHF's own, and
later without what had been earned already. Where rewards are divided by the deviation of a group
(`group_norm`), all of that is brought to the size of OpenRLHF's own (`advantages.size_ratio`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch

from ..advantages import leads, size_ratio
from ..client import RewardClient
from ..reply import CompletionRewards
from ..rollouts import Rollout
from ..scorers import RolloutItems, RolloutScorer
from .settings import KEY_VARIABLE, Settings, settings_of_worker

GROUPED = frozenset({"rloo", "reinforce_baseline", "group_norm", "dr_grpo"})
"""Estimators that compare a completion with the others of its prompt."""

TOGETHER = frozenset({"reinforce", "flash_reinforce"})
"""Estimators that compare it with the whole rollout. `gae` compares it with its critic's values."""

DEVIATION_FLOOR = 1e-9
"""What `group_norm` adds to a deviation before it divides by it."""

EQUAL = 1e-6
"""The deviation of scores that differ by rounding alone."""

TOLERANCE = 1e-2
"""How far most rewards may be from the server's scores, relative to those above 1."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A completion in a batch of OpenRLHF's.

    Attributes:
        batch: the index of its batch.
        row: its row there.
        places: (tokens,), its places in the batch's action mask.
        rollout: its ids.
    """

    batch: int
    row: int
    places: torch.Tensor
    rollout: Rollout


@dataclass(frozen=True, slots=True)
class Pay:
    """What the tokens of a batch are paid beside OpenRLHF's reward of their completions.

    Attributes:
        lead: (completions, tokens), what each had earned before each token.
        ratio: (completions,), what OpenRLHF's reward is multiplied with.
    """

    lead: torch.Tensor
    ratio: torch.Tensor


def pay_tokens(module: ModuleType) -> None:
    """Changes the experience maker of OpenRLHF's module: once, however often it is asked."""
    maker: Any = module.RemoteExperienceMaker
    plain = maker.compute_advantages_and_returns
    if hasattr(plain, "abacus_settings"):
        return
    settings = settings_of_worker()

    def compute_advantages_and_returns(self: Any, experiences: list[Any]) -> list[Any]:
        _require_token_loss(self.args)
        placed = list(_completions(experiences))
        rewards = _scorer(self, settings).score([each.rollout for each in placed])
        _note(experiences, placed, rewards, settings)
        pay: Iterator[Pay] = _pay(self.args, experiences, placed, rewards, settings)
        if self.args.algo.advantage.estimator == "group_norm":
            groups = _groups(experiences, self.args.rollout.n_samples_per_prompt)
            pay = _scaled(pay, experiences, placed, groups)
        with _paying(module, pay):
            advantages: list[Any] = plain(self, experiences)
        return advantages

    compute_advantages_and_returns.abacus_settings = settings  # type: ignore[attr-defined]
    maker.compute_advantages_and_returns = compute_advantages_and_returns


def _completions(experiences: Sequence[Any]) -> Iterator[Placed]:
    """The completions of all batches, whose action masks are those of the sequences but the first.

    Raises:
        ValueError: for one of several turns, whose tokens are not all the policy's.
    """
    for batch, experience in enumerate(experiences):
        for row, sequence in enumerate(experience.sequences):
            places = experience.action_mask[row].nonzero().flatten()
            if len(places) == 0 or int(places[-1] - places[0]) + 1 != len(places):
                raise ValueError(
                    "Cannot pay tokens as a completion must be one stretch of them: received "
                    f"{len(places)} tokens of several turns"
                )
            first = int(places[0]) + 1
            seen = experience.attention_mask[row, :first].bool()
            rollout = Rollout(
                prompt_ids=sequence[:first][seen].tolist(),
                completion_ids=sequence[places + 1].tolist(),
            )
            yield Placed(batch, row, places, rollout)


def _note(
    experiences: Sequence[Any],
    placed: Sequence[Placed],
    rewards: Sequence[CompletionRewards],
    settings: Settings,
) -> None:
    """Writes to OpenRLHF's log what tells whether the rewards of tokens are those of its reward.

    Raises:
        ValueError: where most are another model's, or of other texts.
    """
    scores = torch.tensor([each.score for each in rewards])
    own = torch.stack([experiences[at.batch].rewards.flatten()[at.row] for at in placed]).float()
    _require_near(own, scores, settings)
    fallbacks = torch.tensor([float(each.fallback is not None) for each in rewards])
    batches = torch.tensor([each.batch for each in placed])
    for i, experience in enumerate(experiences):
        here = batches == i
        experience.info["abacus_difference"] = (own - scores)[here]
        experience.info["abacus_fallback"] = fallbacks[here]


def _require_near(own: torch.Tensor, scores: torch.Tensor, settings: Settings) -> None:
    distance = (own - scores).abs() / scores.abs().clamp(min=1)
    if settings.has_other_rewards or float(distance.median()) <= TOLERANCE:
        return
    worst = int(distance.argmax())
    raise ValueError(
        "Cannot pay tokens as OpenRLHF's rewards must be the server's scores of the same ids, "
        f"{float(scores[worst]):.6g}: received {float(own[worst]):.6g}. Ask the same model "
        "(--reward.remote_url), or say that there are other rewards (--abacus.other_rewards)"
    )


def _require_token_loss(args: Any) -> None:
    if args.actor.policy_loss_type == "gspo":
        raise ValueError(
            "Cannot train with token rewards with policy_loss_type='gspo' as it weighs a whole "
            "completion by one ratio, and all its tokens alike: received it in OpenRLHF's arguments"
        )


def _pay(
    args: Any,
    experiences: Sequence[Any],
    placed: Sequence[Placed],
    rewards: Sequence[CompletionRewards],
    settings: Settings,
) -> Iterator[Pay]:
    """That of each batch, in units of the score."""
    estimator = args.algo.advantage.estimator
    rows = [np.asarray(each.rewards, dtype=np.float64) for each in rewards]
    size = args.rollout.n_samples_per_prompt if estimator in GROUPED else len(rows)
    has_baseline = settings.has_baseline and estimator in GROUPED | TOGETHER
    result = [torch.zeros(each.action_mask.shape) for each in experiences]
    for group in _groups(experiences, size):
        earned = leads([rows[i] for i in group], has_baseline=has_baseline)
        for i, lead in zip(group, earned, strict=True):
            at = placed[i]
            result[at.batch][at.row, at.places] = torch.tensor(lead, dtype=torch.float32)
    return iter([Pay(lead, torch.ones(len(lead))) for lead in result])


def _groups(experiences: Sequence[Any], size: int) -> list[list[int]]:
    """The completions that are compared with each other, as they follow each other in batches."""
    groups: dict[int, list[int]] = {}
    for i, index in enumerate(index for each in experiences for index in each.index):
        groups.setdefault(index // size, []).append(i)
    return list(groups.values())


def _scaled(
    pay: Iterator[Pay],
    experiences: Sequence[Any],
    placed: Sequence[Placed],
    groups: Sequence[Sequence[int]],
) -> Iterator[Pay]:
    """The same divided by the deviation of groups, and as large as OpenRLHF's own advantages.

    The first is asked for when OpenRLHF has penalties in its rewards, and deviations of these.
    """
    scales = [_inverse(each.info["group_reward_std"]) for each in experiences]
    ahead = [each.lead * scale.unsqueeze(1) for each, scale in zip(pay, scales, strict=True)]
    totals = [
        each.rewards.flatten() * scale for each, scale in zip(experiences, scales, strict=True)
    ]
    ratios = [torch.ones_like(scale) for scale in scales]
    for group in groups:
        them = [placed[i] for i in group]
        own = np.array([float(totals[at.batch][at.row]) for at in them])
        own -= own.mean()
        earned = [ahead[at.batch][at.row, at.places].double().numpy() for at in them]
        ratio = size_ratio(own, [each - lead for each, lead in zip(own, earned, strict=True)])
        for at in them:
            ratios[at.batch][at.row] = ratio
    for lead, each in zip(ahead, ratios, strict=True):
        yield Pay(lead * each.unsqueeze(1), each)


@contextmanager
def _paying(module: ModuleType, pay: Iterator[Pay]) -> Iterator[None]:
    """Has `compute_reward`, which OpenRLHF calls once for each batch, add what tokens earned."""
    plain: Any = module.compute_reward

    def compute_reward(own: torch.Tensor, *given: Any, **others: Any) -> torch.Tensor:
        batch = next(pay)
        reward: torch.Tensor = plain(own * batch.ratio.to(own), *given, **others)
        following = torch.nn.functional.pad(batch.lead[:, 1:], (0, 1))
        return reward + (following - batch.lead).to(reward)

    module.compute_reward = compute_reward  # type: ignore[attr-defined]
    try:
        yield
    finally:
        module.compute_reward = plain  # type: ignore[attr-defined]


def _inverse(deviation: torch.Tensor) -> torch.Tensor:
    """1 / deviation, as `group_norm` divides; 0 where rewards are equal, as nothing is learned."""
    is_zero = deviation <= EQUAL
    return torch.where(is_zero, 0.0, 1 / (deviation + DEVIATION_FLOOR))


def _scorer(maker: Any, settings: Settings) -> RolloutScorer:
    """One for the whole run of a maker: it asks once whether the tokenizers are the same."""
    if not hasattr(maker, "abacus_scorer"):
        client = RewardClient(settings.url, api_key=os.environ.get(KEY_VARIABLE))
        items = RolloutItems(maker.tokenizer, ids=True)
        credit: Any = settings.credit
        maker.abacus_scorer = RolloutScorer(client, items, credit=credit, model=settings.model)
    scorer: RolloutScorer = maker.abacus_scorer
    return scorer
