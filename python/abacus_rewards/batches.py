"""Requests as they are sent: items as JSON, split into requests within a server's limits. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import RewardClientError
from .items import RequestHead
from .options import ClientOptions


@dataclass(frozen=True, slots=True)
class ExpectedRewards:
    """How many rewards a completion must get.

    Attributes:
        count: None where the server's tokenizer decides.
        at_most: whether truncation can leave fewer.
    """

    count: int | None
    at_most: bool


@dataclass(frozen=True, slots=True, eq=False)
class WrittenItem:
    """An item as JSON, and what its answer must contain.

    Attributes:
        index: its index among the items of the call.
        content: its JSON in UTF-8.
        expected: one per completion.
    """

    index: int
    content: bytes
    expected: tuple[ExpectedRewards, ...]


Batch = Sequence[WrittenItem]
"""The items of one request."""


def write_request(batch: Batch, head: RequestHead) -> bytes:
    """The body of a request.

    Raises:
        RewardClientError: `invalid_request` for a head that cannot be written as JSON.
    """
    rest = _written(head, f"one of {', '.join(head)}", path=None)[1:]
    items = b'{"items":[' + b",".join(item.content for item in batch) + b"]"
    return items + b"}" if rest == b"}" else items + b"," + rest


def write_item(item: Any, index: int) -> WrittenItem:
    """Writes an item. Arrays in it, of numpy or torch, become lists.

    Raises:
        RewardClientError: `invalid_request` where it cannot be written as JSON.
    """
    path = f"items[{index}]"
    content = _written(item, path, path=path)
    return WrittenItem(index, content, tuple(_expected_of(item)))


def batches_of(
    items: Iterable[WrittenItem], options: ClientOptions, head_bytes: int
) -> Iterator[list[WrittenItem]]:
    """Splits items into requests, in their order, one request at a time.

    An item beyond the limits is a request by itself; the server decides whether it is too large.

    Args:
        items: those of the call.
        options: the limits of a request.
        head_bytes: the bytes of a request without items.
    """
    batch: list[WrittenItem] = []
    size, completions = head_bytes, 0
    for item in items:
        is_full = (
            len(batch) >= options.max_items_per_request
            or completions + len(item.expected) > options.max_completions_per_request
            or size + len(item.content) + 1 > options.max_bytes_per_request
        )
        if is_full and batch:
            yield batch
            batch = []
            size, completions = head_bytes, 0
        batch.append(item)
        size += len(item.content) + 1  # and a comma
        completions += len(item.expected)
    if batch:
        yield batch


def _written(value: Any, name: str, *, path: str | None) -> bytes:
    try:
        return _json_bytes(value)
    except (TypeError, ValueError, RecursionError) as cause:
        message = f"Cannot write the request as {name} is not JSON: {cause}"
        raise RewardClientError("invalid_request", message, path=path) from cause


def _json_bytes(value: Any) -> bytes:
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_as_list
    )
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        # Half of a surrogate pair, which UTF-8 does not have; escaped, the server can refuse it.
        return json.dumps(value, allow_nan=False, separators=(",", ":"), default=_as_list).encode(
            "ascii"
        )


def _as_list(value: Any) -> Any:
    """Arrays and tensors, and single numbers of them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no type of JSON")


def _expected_of(item: Any) -> Iterator[ExpectedRewards]:
    """Reads no more than it needs: the server checks the item."""
    if not isinstance(item, Mapping):
        return
    ids = _members(item.get("completion_ids"))
    if ids is not None:
        yield from (ExpectedRewards(_count(each), at_most=True) for each in ids)
        return
    spans = _members(item.get("token_spans")) or ()
    for i, _ in enumerate(_members(item.get("completions")) or ()):
        count = _count(spans[i]) if i < len(spans) else None
        yield ExpectedRewards(count, at_most=False)


def _members(value: Any) -> Sequence[Any] | None:
    is_list = hasattr(value, "__len__") and hasattr(value, "__getitem__")
    return value if is_list and not isinstance(value, (str, bytes, Mapping)) else None


def _count(value: Any) -> int | None:
    members = _members(value)
    return None if members is None else len(members)
