"""Tables of Arrow: scores their rows, with the rewards of tokens as columns of lists.

`TableScorer` is what engines of many machines call (`ray.py`; Spark's `mapInArrow`). Each starts a
server of its own, or asks servers that run already. It needs pyarrow, which those engines bring.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

import pyarrow as pa

from .client import RewardClient
from .errors import RewardClientError
from .items import CreditChoice, RewardItem
from .reply import CompletionRewards
from .server_process import ServerProcess

COMPLETIONS_PER_ITEM = 64
"""The most completions of a prompt that are sent as one item; the server allows more."""

RESULTS = ("score", "rewards", "offsets", "error")
"""The columns that rows get."""

Outcome = CompletionRewards | RewardClientError


class TableScorer:
    """Scores tables of rows, one after the other.

    Rows of one prompt are sent together, whose prompt is then computed once. They come back in
    their order with all their columns, and `score`, `rewards`, `offsets` and `error` besides: a row
    that the server refuses has its error and nothing else.

    It keeps connections, and the server that it started: close it (`close`, or `with`). One that
    nothing refers to any more closes itself.

    Args:
        command: starts a server, as in `["deno", "task", "serve", "--model", "owner/name"]`.
        cwd: where, as a checkout of Abacus on every node.
        urls: servers that run already, in place of a command; each scorer asks one.
        prompt_column: texts, or messages.
        completion_column: texts.
        credit: how scores are spread.
        model: the model that must answer.

    Raises:
        ValueError: for a command and addresses, or neither.
        RuntimeError: where its server ended before it listened, with its last lines.
    """

    def __init__(
        self,
        *,
        command: Sequence[str] | None = None,
        cwd: str | None = None,
        urls: Sequence[str] = (),
        prompt_column: str = "prompt",
        completion_column: str = "completion",
        credit: CreditChoice | None = None,
        model: str | None = None,
    ) -> None:
        if (command is None) == (not urls):
            raise ValueError(
                "Cannot score as either a command or urls must be given: received "
                f"{command} and {list(urls)}"
            )
        self._command, self._cwd = command, cwd
        self._columns = (prompt_column, completion_column)
        self._asked: dict[str, Any] = {"credit": credit, "model": model}
        self._urls = urls
        self._server: ServerProcess | None = None
        self._client = self._connect()

    def __call__(self, table: pa.Table) -> pa.Table:
        """The rows with their rewards.

        Raises:
            ValueError: for a table that has a column of a result's name already.
            RewardClientError: what is no row's fault, as for a server that is gone or has no time
                left. A server of its own that has ended is started once more before.
        """
        _require_no_results(table.column_names)
        prompts, completions = (table.column(name).to_pylist() for name in self._columns)
        self._restart_if_ended()
        try:
            outcomes = self._outcomes(prompts, completions)
        except RewardClientError:
            if not self._restart_if_ended():
                raise
            outcomes = self._outcomes(prompts, completions)
        for name, kind, values in _columns_of(outcomes):
            table = table.append_column(name, pa.array(values, kind))
        return table

    def close(self) -> None:
        """Closes the connections and waits until its own server has ended; a later call opens
        connections anew, and starts another server."""
        self._client.close()
        if self._server is not None:
            self._server.stop()

    def __enter__(self) -> TableScorer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _restart_if_ended(self) -> bool:
        """Whether it had to."""
        if self._server is None or self._server.is_running:
            return False
        self._client.close()
        self._client = self._connect()
        return True

    def _connect(self) -> RewardClient:
        if self._command is None:
            url = self._urls[os.getpid() % len(self._urls)]
        else:
            self._server = ServerProcess(self._command, cwd=self._cwd)
            url = self._server.url
        return RewardClient(url, api_key=os.environ.get("ABACUS_KEY"))

    def _outcomes(self, prompts: Sequence[Any], completions: Sequence[str]) -> list[Outcome]:
        """One per row. Where one of several completions is refused, each is asked for alone."""
        outcomes: dict[int, Outcome] = {}
        waiting = list(_groups(prompts))
        while waiting:
            items = [_item(prompts[rows[0]], [completions[i] for i in rows]) for rows in waiting]
            scored = self._client.score_each(items, **self._asked).items
            again: list[list[int]] = []
            for i, (rows, item) in enumerate(zip(waiting, scored, strict=True)):
                if not isinstance(item, RewardClientError):
                    outcomes.update(zip(rows, item.completions, strict=True))
                elif not _is_of_item(item, i):
                    raise item
                elif len(rows) > 1:
                    again += [[row] for row in rows]
                else:
                    outcomes[rows[0]] = item
            waiting = again
        return [outcomes[row] for row in range(len(prompts))]


def _require_no_results(names: Sequence[str]) -> None:
    """Two columns of one name can be written to Parquet, and not be read again."""
    taken = [name for name in RESULTS if name in names]
    if taken:
        raise ValueError(
            f"Cannot add the columns {', '.join(RESULTS)} as their names must be free (rename what "
            f"has them, or drop it): received a table with {', '.join(taken)}"
        )


def _is_of_item(error: RewardClientError, index: int) -> bool:
    """Whether an item is at fault; otherwise the error says nothing of its rows."""
    if error.kind == "model_failure":
        return (error.path or "").startswith(f"items[{index}]")
    return error.kind in ("invalid_request", "too_long", "too_large")


def _groups(prompts: Sequence[Any]) -> Iterator[list[int]]:
    """The rows of each prompt, in parts."""
    rows: dict[str, list[int]] = {}
    for i, prompt in enumerate(prompts):
        rows.setdefault(json.dumps(prompt, sort_keys=True, default=str), []).append(i)
    for each in rows.values():
        for start in range(0, len(each), COMPLETIONS_PER_ITEM):
            yield each[start : start + COMPLETIONS_PER_ITEM]


def _item(prompt: str | Sequence[Mapping[str, Any]], completions: Sequence[str]) -> RewardItem:
    if isinstance(prompt, str):
        return {"prompt": prompt, "completions": completions}
    return {"messages": prompt, "completions": completions}


def _columns_of(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, pa.DataType, list[Any]]]:
    """The new columns: name, type and values."""
    good = [None if isinstance(each, RewardClientError) else each for each in outcomes]
    yield "score", pa.float64(), [each and each.score for each in good]
    yield "rewards", pa.list_(pa.float32()), [each and each.rewards for each in good]
    spans = pa.list_(pa.list_(pa.int32()))  # Spark has no lists of a fixed size
    yield "offsets", spans, [each and _listed(each.offsets) for each in good]
    errors = [each.message if isinstance(each, RewardClientError) else None for each in outcomes]
    yield "error", pa.string(), errors


def _listed(offsets: Any) -> list[list[int]] | None:
    return None if offsets is None else offsets.tolist()
