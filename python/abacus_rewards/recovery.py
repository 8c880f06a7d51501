"""What follows on a refused request: which items get the error, and which are sent again. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .batches import Batch, WrittenItem
from .errors import RewardClientError


@dataclass(frozen=True, slots=True)
class Recovery:
    """How a call continues.

    Attributes:
        refused: items whose outcome is the error.
        again: requests to send instead.
    """

    refused: Batch = ()
    again: Sequence[Batch] = ()


Recover = Callable[[RewardClientError, Batch], Recovery | None]
"""The recovery of an error whose path is in the request; None where the call fails."""

_OF_EVERY_REQUEST = frozenset(
    ("aborted", "unauthorized", "unknown_model", "unknown_route", "unsupported_media_type")
)

_OF_ONE_ITEM = frozenset(("invalid_request", "too_large", "too_long", "model_failure"))
"""Kinds that one item can cause for its whole request. After `protocol` nothing is sent again."""


def recover_all(error: RewardClientError, batch: Batch) -> Recovery | None:
    """The recovery where every item must be scored.

    A request that is too large for the server, or for a proxy before it, is cut in two, since none
    of it has been scored.
    """
    is_too_much = error.kind == "too_large" and item_of(error.path, batch) is None
    return Recovery(again=_halves(batch)) if is_too_much and len(batch) > 1 else None


def recover_each(error: RewardClientError, batch: Batch) -> Recovery | None:
    """The recovery where items are independent.

    The item at fault gets the error and the others are sent again without it. Where no item is at
    fault alone, all items of the batch get the error.
    """
    if error.kind in _OF_EVERY_REQUEST:
        return None
    split = recover_all(error, batch)
    if split is not None:
        return split
    item = item_of(error.path, batch)
    if item is not None and error.kind in _OF_ONE_ITEM:
        others = [each for each in batch if each is not item]
        return Recovery(refused=[item], again=[others] if others else [])
    # Such as a wrong credit, or a body that cannot be read.
    return None if error.kind == "invalid_request" else Recovery(refused=batch)


def place_error(error: RewardClientError, batch: Batch) -> RewardClientError:
    """`items[5]` of the second request is `items[105]` of the call, in path and message."""
    item = item_of(error.path, batch)
    if item is None or error.path is None:
        return error
    path = re.sub(r"^items\[\d+\]", f"items[{item.index}]", error.path)
    return error.placed(path, error.message.replace(error.path, path, 1))


def item_of(path: str | None, batch: Batch) -> WrittenItem | None:
    """The item that a path of the request names."""
    found = re.match(r"items\[(\d+)\]", path or "")
    index = int(found[1]) if found else len(batch)
    return batch[index] if index < len(batch) else None


def _halves(batch: Batch) -> list[Batch]:
    middle = (len(batch) + 1) // 2
    return [batch[:middle], batch[middle:]]
