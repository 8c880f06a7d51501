"""An Abacus server as a child, which ends when its parent does, however that ends."""

from __future__ import annotations

import re
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Sequence

from .client import RewardClient

LAST_LINES = 20
"""Lines of the server's log that an error shows."""

ADDRESS = re.compile(r"https?://[\w.\-\[\]:]+:\d+")


class ServerProcess:
    """Runs a server on a port that is free, and waits until it is ready.

    The server holds the other end of a pipe as its standard input and drains when that closes
    (`--exit-with-stdin`). So a parent that is killed leaves no server behind, nor does one that
    drops this object without `stop`.

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
        self._end = weakref.finalize(self, _let_end, self._process)
        try:
            self.url = self._address()
            threading.Thread(target=_follow, args=(self._process,), daemon=True).start()
            with RewardClient(self.url) as client:
                client.until_ready(timeout_s=ready_s)
        except BaseException:
            self._end()
            raise

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Lets it finish what is in flight, and waits for its end."""
        self._end()
        self._process.wait()

    def _address(self) -> str:
        assert self._process.stderr is not None
        lines: deque[str] = deque(maxlen=LAST_LINES)
        for line in self._process.stderr:
            lines.append(line)
            found = ADDRESS.search(line)
            if found:
                return found[0]
        last = "".join(lines)
        message = "Cannot start a server as it must listen: received its end"
        raise RuntimeError(f"{message}, with {last}")


def _let_end(process: subprocess.Popen[str]) -> None:
    """The server ends by itself once its standard input does."""
    if process.stdin is not None:
        process.stdin.close()


def _follow(process: subprocess.Popen[str]) -> None:
    """A pipe that nobody reads would stop the server once it is full.

    This thread knows the process alone, and not what stands for it, which may be dropped meanwhile.
    """
    assert process.stderr is not None
    with process.stderr as lines:
        deque(lines, maxlen=0)
    process.wait()
