"""SkyRL's own server of the Tinker API, on its JAX backend, with the bundled policy.

SkyRL starts its engine by `uv run`, which makes an environment of its own; here a script of that
name runs the same command in the environment that there is.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from conftest import ROOT

UV = '#!/bin/sh\nwhile [ "$1" != -m ]; do shift; done\n"{python}" "$@"\n'
"""Drops what is for uv itself. It stays the parent, whose command line SkyRL reads."""

READY_S = 240


def write_policy(folder: Path) -> None:
    """The bundled policy in float32, as JAX does not multiply float16 on a CPU."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(ROOT / "models" / "movie-policy", folder)
    for path in folder.glob("*.safetensors"):
        save_file({name: value.float() for name, value in load_file(path).items()}, path)
    path = folder / "config.json"
    dtypes = {"dtype": "float32", "torch_dtype": "float32"}
    path.write_text(json.dumps({**json.loads(path.read_text()), **dtypes}))


@contextmanager
def tinker_service(policy: Path, folder: Path) -> Iterator[str]:
    """The address of a running service; its processes end with it."""
    uv = folder / "uv"
    uv.write_text(UV.format(python=sys.executable))
    uv.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["run", "-m", "skyrl.tinker.api", "--host", "127.0.0.1", "--port", str(port)]
    engine = {"max_lora_adapters": 4, "max_lora_rank": 8}  # one of them is the base model's
    settings = ["--base-model", str(policy), "--backend", "jax"]
    places = [f"--checkpoints-base={folder}", f"--database-url=sqlite:///{folder}/tinker.db"]
    process = subprocess.Popen(
        [str(uv), *command, *settings, "--backend-config", json.dumps(engine), *places],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "JAX_PLATFORMS": "cpu"},
        start_new_session=True,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process)
        yield address
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Waits until the service answers."""
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        try:
            if httpx.get(f"{address}/api/v1/healthz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        assert process.poll() is None, "SkyRL's server ended before it answered"
        time.sleep(0.5)
    raise TimeoutError("SkyRL's server is not there")
