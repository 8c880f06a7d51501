"""An Abacus server as a child, which ends when its parent does, however that ends."""

from __future__ import annotations

import re
import subprocess
import threading
from collections import deque
from collections.abc import Sequence

from .client import RewardClient

LAST_LINES = 20
"""Lines of the server's log that an error shows."""

ADDRESS = re.compile(r"https?://[\w.\-\[\]:]+:\d+")


class ServerProcess:
    """Runs a server on a port that is free, and waits until it is ready.

    The server holds the other end of a pipe as its standard input and drains when that closes
    (`--exit-with-stdin`). So a parent that is killed leaves no server behind.

    Args:
        command: what starts it, as in `["deno", "task", "serve", "--model", "owner/name"]`.
        cwd: where, as a checkout of Abacus.
        ready_s: seconds that its model has to load.

    Raises:
        RuntimeError: where it ended before it listened, with its last lines.
        RewardClientError: where its model failed to load.
    """

    def __init__(self, command: Sequence[str], *, cwd: str | None = None, ready_s: float = 600.0):
        flags = ["--host", "127.0.0.1", "--port", "0", "--exit-with-stdin"]
        self._process = subprocess.Popen(
            [*command, *flags],
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: deque[str] = deque(maxlen=LAST_LINES)
        self.url = self._address()
        threading.Thread(target=self._read, daemon=True).start()
        with RewardClient(self.url) as client:
            client.until_ready(timeout_s=ready_s)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Lets it finish what is in flight, and waits for its end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _address(self) -> str:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._lines.append(line)
            found = ADDRESS.search(line)
            if found:
                return found[0]
        last = "".join(self._lines)
        message = "Cannot start a server as it must listen: received its end"
        raise RuntimeError(f"{message}, with {last}")

    def _read(self) -> None:
        """A pipe that nobody reads would stop the server once it is full."""
        assert self._process.stderr is not None
        self._lines.extend(self._process.stderr)
