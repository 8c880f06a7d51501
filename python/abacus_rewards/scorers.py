"""Scores rollouts for a trainer's adapter: how they are sent is decided once, for a whole run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from .align import PolicyTokenizer
from .async_client import AsyncRewardClient
from .client import RewardClient
from .items import Close, CreditChoice, RewardItem
from .reply import CompletionRewards, ItemRewards
from .rollouts import Rollout, ids_item, rewards_of, text_item

PROBE = "The movie was a delight, 100% of it: naïve, 你好 🎬!"
"""A text of many kinds of characters, on which tokenizers differ."""


class RolloutItems:
    """Turns rollouts into items.

    Args:
        tokenizer: the policy's.
        ids: whether the reward model has the same one, so that ids are sent as they were sampled.
            The first call asks the server whether that is so.
    """

    def __init__(self, tokenizer: PolicyTokenizer, *, ids: bool = False) -> None:
        self.tokenizer = tokenizer
        self.ids = ids
        self.is_proven = not ids
        self.proofs: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}
        """The proof under way in each event loop, for all that wait for it."""

    def items(self, rollouts: Sequence[Rollout]) -> list[RewardItem]:
        """One item per rollout, in their order."""
        if self.ids:
            return [ids_item(each) for each in rollouts]
        return [text_item(each, self.tokenizer) for each in rollouts]

    def probe(self) -> RewardItem:
        """A text whose ids tell whether tokenizers are the same."""
        return {"prompt": "", "completions": [PROBE]}

    def prove(self, reply: ItemRewards) -> None:
        """Raises ValueError where the reward model makes other ids of the probe than the policy."""
        (completion,) = reply.completions
        theirs = [] if completion.token_ids is None else completion.token_ids.tolist()
        encode: Any = getattr(self.tokenizer, "encode")  # noqa: B009
        ours = [int(each) for each in encode(PROBE, add_special_tokens=False)]
        if ours != theirs:
            raise ValueError(
                "Cannot send ids as the policy must have the reward model's tokenizer, which makes "
                f"other ids of {PROBE!r}: received {ours[:8]} against {theirs[:8]}. "
                "Send texts (ids=False)"
            )
        self.is_proven = True


class RolloutScorer:
    """Scores rollouts with a blocking client.

    Args:
        client: of the server, or its address.
        items: how rollouts are sent.
        credit: how scores are spread; by default the client's way.
        model: the model that must answer.
        close: the token that texts are closed with.
    """

    def __init__(
        self,
        client: RewardClient | str,
        items: RolloutItems,
        *,
        credit: CreditChoice | None = None,
        model: str | None = None,
        close: Close | None = None,
    ) -> None:
        self.client = RewardClient(client) if isinstance(client, str) else client
        self._items = items
        self._asked: dict[str, Any] = {"credit": credit, "model": model, "close": close}

    def score(self, rollouts: Sequence[Rollout]) -> list[CompletionRewards]:
        """The rewards of each rollout, one per sampled id.

        Raises:
            RewardClientError: where any of them cannot be scored.
            ValueError: where ids are sent and tokenizers differ.
        """
        if not self._items.is_proven:
            self._items.prove(self.client.score([self._items.probe()], **self._asked).items[0])
        result = self.client.score(self._items.items(rollouts), **self._asked)
        return rewards_of(result, rollouts)


class AsyncRolloutScorer:
    """The same with an asynchronous client, for trainers that sample in an event loop."""

    def __init__(
        self,
        client: AsyncRewardClient | str,
        items: RolloutItems,
        *,
        credit: CreditChoice | None = None,
        model: str | None = None,
        close: Close | None = None,
    ) -> None:
        self.client = AsyncRewardClient(client) if isinstance(client, str) else client
        self._items = items
        self._asked: dict[str, Any] = {"credit": credit, "model": model, "close": close}

    async def score(self, rollouts: Sequence[Rollout]) -> list[CompletionRewards]:
        """The rewards of each rollout; see `RolloutScorer.score`."""
        if not self._items.is_proven:
            await self._proof()
        result = await self.client.score(self._items.items(rollouts), **self._asked)
        return rewards_of(result, rollouts)

    async def _proof(self) -> None:
        """Asks once for all that have the same items; who no longer waits ends it for nobody."""
        loop, proofs = asyncio.get_running_loop(), self._items.proofs
        if loop not in proofs:
            proofs[loop] = loop.create_task(self._prove())
            proofs[loop].add_done_callback(lambda _: proofs.pop(loop))
        await asyncio.shield(proofs[loop])

    async def _prove(self) -> None:
        probed = await self.client.score([self._items.probe()], **self._asked)
        self._items.prove(probed.items[0])
