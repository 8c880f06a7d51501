"""Tables of Arrow, scored without an engine around them."""

from __future__ import annotations

import datetime
import gc
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from abacus_rewards import ClientOptions, RewardClient, RewardClientError  # noqa: E402
from abacus_rewards import tables as module  # noqa: E402
from abacus_rewards.tables import TableScorer  # noqa: E402

Answer = tuple[int, str, str]
"""Status, media type and body."""


@contextmanager
def answering(answer: Callable[[Any], Answer]) -> Iterator[str]:
    """A server that answers every request with what `answer` makes of its body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, kind, text = answer(json.loads(body))
            content = text.encode()
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def told(status: int, kind: str, path: str | None = None) -> Answer:
    """An error of a server."""
    error = {"kind": kind, "message": f"Cannot score {path or 'the batch'}", "path": path}
    return status, "application/json", json.dumps({"error": error})


def table() -> Any:
    return pa.table({"prompt": ["a", "a", "b"], "completion": ["x", "y", "z"]})


def until(is_so: Callable[[], bool]) -> bool:
    """Whether it came to be so, though the machine may be busy."""
    end = time.monotonic() + 60
    while not is_so() and time.monotonic() < end:
        time.sleep(0.05)
    return is_so()


def loops() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name == "abacus-rewards"}


def sockets() -> int:
    links = (os.readlink(each) for each in Path("/proc/self/fd").iterdir() if each.is_symlink())
    return sum(link.startswith("socket:") for link in links)


@pytest.fixture(autouse=True)
def _no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client would try again for minutes."""

    def client(url: str, **fields: Any) -> RewardClient:
        return RewardClient(url, ClientOptions(retries=0), **fields)

    monkeypatch.setattr(module, "RewardClient", client)


HTML = "<h1>Gateway</h1>"
NO_FAULT_OF_A_ROW = {
    "deadline_exceeded": told(504, "deadline_exceeded"),
    "cancelled": told(499, "cancelled"),
    "model_failure": told(500, "model_failure"),
    "overloaded": told(503, "overloaded"),
    "protocol": (200, "text/html", HTML),
    "network": (502, "text/html", HTML),
}


@pytest.mark.parametrize("kind", NO_FAULT_OF_A_ROW)
def test_what_is_no_fault_of_a_row_is_raised(kind: str) -> None:
    with answering(lambda body: NO_FAULT_OF_A_ROW[kind]) as url:
        scorer = TableScorer(urls=[url])
        for rows in (table(), table().slice(0, 1)):
            with pytest.raises(RewardClientError) as caught:
                scorer(rows)
            assert caught.value.kind == kind


@pytest.mark.parametrize("kind", ["model_failure", "too_long", "invalid_request"])
def test_what_one_row_causes_is_its_error(server: str, kind: str) -> None:
    """The item of row 1 fails, by itself and beside others; a real server scores the rest."""
    import httpx

    def answer(body: Any) -> Answer:
        for i, item in enumerate(body["items"]):
            if "y" in item["completions"]:
                return told(422, kind, f"items[{i}].completions[0]")
        reply = httpx.post(f"{server}/v1/rewards", json=body, timeout=60)
        return reply.status_code, "application/json", reply.text

    with answering(answer) as url:
        rows = TableScorer(urls=[url])(table()).to_pylist()
    assert [row["score"] is None for row in rows] == [False, True, False]
    assert [row["error"] is None for row in rows] == [True, False, True]
    assert rows[1]["error"].startswith("Cannot score items[")


def test_a_row_that_is_no_json_has_its_error(server: str) -> None:
    """A timestamp in a message; the bundled model has no template for the other conversation."""
    at = [datetime.datetime(2026, 1, 1), None]
    messages = [[{"role": "user", "content": "a", "at": each}] for each in at]
    rows = pa.table({"prompt": messages, "completion": ["x", "y"]})
    with TableScorer(urls=[server]) as scorer:
        first, second = scorer(rows).column("error").to_pylist()
    assert "is not JSON" in first
    assert "is not JSON" not in second


def test_columns_of_a_result_s_name_are_refused_before_any_work() -> None:
    def answer(body: Any) -> Answer:
        raise AssertionError("nothing is asked")

    rows = table().append_column("error", pa.nulls(3)).append_column("score", pa.nulls(3))
    refused = pytest.raises(ValueError, match="received a table with score, error")
    with answering(answer) as url, TableScorer(urls=[url]) as scorer, refused:
        scorer(rows)


def test_a_scored_table_has_the_columns_that_are_refused(server: str) -> None:
    with TableScorer(urls=[server]) as scorer:
        names = scorer(table()).column_names
    assert names == ["prompt", "completion", *module.RESULTS]


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "dropped"])
def test_scorers_leave_no_thread_and_no_socket(server: str, is_closed: bool) -> None:
    gc.collect()
    others, before = loops(), sockets()
    for _ in range(5):
        scorer = TableScorer(urls=[server])
        assert scorer(table()).column("error").to_pylist() == [None] * 3
        assert loops() - others
        if is_closed:
            scorer.close()
        del scorer
        gc.collect()
        assert until(lambda: not loops() - others)
        assert until(lambda: sockets() <= before)


def test_a_closed_scorer_opens_connections_anew(server: str) -> None:
    with TableScorer(urls=[server]) as scorer:
        first = scorer(table()).to_pylist()
    assert scorer(table()).to_pylist() == first
    scorer.close()


STAND_IN = """
import http.server, json, sys, threading

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        content = json.dumps({"status": "ready"}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        print("asked" * 1000, file=sys.stderr)

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"listens on http://127.0.0.1:{server.server_port}", file=sys.stderr, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
"""
"""A program that is ready at once and ends with its standard input, as the server does."""


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "dropped"])
def test_a_server_ends_with_its_scorer(is_closed: bool) -> None:
    scorer = TableScorer(command=[sys.executable, "-c", STAND_IN])
    assert scorer._server is not None
    process = scorer._server._process
    assert process.poll() is None
    if is_closed:
        with scorer:
            pass
        assert process.returncode == 0, "close waits for the end"
    del scorer
    gc.collect()
    assert until(lambda: process.returncode == 0)


def test_a_server_that_never_becomes_ready_ends_with_the_error() -> None:
    failing = STAND_IN.replace("send_response(200)", "send_response(503)")
    failing = failing.replace('"ready"', '"failed"')
    started: list[subprocess.Popen[str]] = []

    class Kept(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            started.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", Kept)
        with pytest.raises(RewardClientError, match="failed to load"):
            TableScorer(command=[sys.executable, "-c", failing])
    assert until(lambda: started[0].returncode == 0)
