"""Tables of Arrow, scored without an engine around them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
