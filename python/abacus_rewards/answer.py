"""The text of an answer, parsed as JSON only where the content type is JSON. Pure."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from .errors import RewardClientError


def parse_answer(content: bytes, content_type: str | None) -> Any:
    """The value of a body.

    Raises:
        RewardClientError: `protocol` where it is not UTF-8, not JSON, or broken JSON.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as cause:
        raise RewardClientError("protocol", "Cannot read the answer as it is not UTF-8") from cause
    kind = (content_type or "").split(";")[0].strip().lower()
    if not re.fullmatch(r"application/(json|[\w.-]+\+json)", kind):
        received = f"{content_type or 'no content type'}, {beginning(text)}"
        message = f"Cannot read the answer as it is not JSON: received {received}"
        raise RewardClientError("protocol", message)
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as cause:
        message = f"Cannot read the answer as its JSON is broken: received {beginning(text)}"
        raise RewardClientError("protocol", message) from cause


def beginning(text: str) -> str:
    """The beginning of a text in one line, for messages."""
    line = re.sub(r"\s+", " ", text[:200]).strip()
    if not line:
        return "nothing"
    return f"'{line[:60]}...'" if len(line) > 60 else f"'{line}'"


def _refuse_constant(name: str) -> NoReturn:
    """Python's reader takes NaN and Infinity, which JSON does not have."""
    raise ValueError(f"{name} is not JSON")
