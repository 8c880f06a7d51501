"""A gate before a server: it notes what is asked for, and can hold requests back."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import httpx

HELD_S = 300.0
"""The longest that a request is held."""


class Gate:
    """Passes requests for rewards on to a server, in any number of threads.

    Args:
        server: its address.
        most: the completions that are let through before `open` is called.
    """

    def __init__(self, server: str, *, most: float = float("inf")) -> None:
        self.server, self.most = server, most
        self.items: list[dict[str, Any]] = []
        """Every item that was asked for, in the order of their requests."""
        self.is_holding = threading.Event()
        self._passed, self._is_open, self._lock = 0, threading.Event(), threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Gate:
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.open()
        self._http.shutdown()
        self._http.server_close()

    def open(self) -> None:
        """Holds nothing any more."""
        self._is_open.set()

    def admit(self, items: list[dict[str, Any]]) -> None:
        """Notes a request, and returns when it may go on."""
        with self._lock:
            self.items += items
            is_over = self._passed >= self.most
            self._passed += sum(
                len(each.get("completions") or each["completion_ids"]) for each in items
            )
        if is_over and not self._is_open.is_set():
            self.is_holding.set()
            self._is_open.wait(HELD_S)

    def completions(self) -> list[str]:
        """Every completion that was asked for."""
        return [text for item in self.items for text in item["completions"]]


def _handler_of(gate: Gate) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            gate.admit(json.loads(body)["items"])
            headers = {"content-type": self.headers["content-type"]}
            reply = httpx.post(gate.server + self.path, content=body, headers=headers, timeout=60)
            # Who asked may have been killed meanwhile.
            with suppress(ConnectionError):
                self.send_response(reply.status_code)
                self.send_header("content-type", reply.headers["content-type"])
                self.send_header("content-length", str(len(reply.content)))
                self.end_headers()
                self.wfile.write(reply.content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
