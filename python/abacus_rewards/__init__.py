"""Clients of Abacus, a server of reward models that returns a reward for every token."""

from .async_client import AsyncRewardClient
from .client import RewardClient
from .errors import ClientErrorKind, RewardClientError
from .items import ChatItem, CreditChoice, IdsItem, PlainItem, RewardItem
from .models import ModelFacts
from .options import ClientOptions
from .reply import CompletionRewards, ItemRewards
from .tally import CallFacts, EachResult, RewardResult

__all__ = [
    "AsyncRewardClient",
    "CallFacts",
    "ChatItem",
    "ClientErrorKind",
    "ClientOptions",
    "CompletionRewards",
    "CreditChoice",
    "EachResult",
    "IdsItem",
    "ItemRewards",
    "ModelFacts",
    "PlainItem",
    "RewardClient",
    "RewardClientError",
    "RewardItem",
    "RewardResult",
]
