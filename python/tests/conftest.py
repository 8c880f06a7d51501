"""Servers for the tests: Abacus as a program, and one that is rude in every way of HTTP."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a real Abacus server with the bundled model."""
    with serving() as address:
        yield address


@pytest.fixture(scope="session")
def toy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Abacus server with the reward model of the toy task."""
    import toys

    folder = tmp_path_factory.mktemp("toy") / "toy-reward"
    toys.write_toy_reward(folder)
    with serving("--model", str(folder)) as address:
        yield address


@contextmanager
def serving(*flags: str) -> Iterator[str]:
    """Runs an Abacus server on a port that is free."""
    with _program("main.ts", "serve", "--port", "0", "--device", "cpu", *flags) as program:
        assert program.stderr is not None
        found = None
        for line in program.stderr:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                break
        assert found is not None, "the server ended before it listened"
        threading.Thread(target=program.stderr.read, daemon=True).start()
        try:
            yield found[0]
        finally:
            program.terminate()


@pytest.fixture(scope="session")
def rude() -> Iterator[dict[str, Any]]:
    """The rude server: its address, items, and the outcome of every story."""
    with _program("tests/python/rude.ts") as program:
        assert program.stdout is not None
        yield json.loads(program.stdout.readline())
        program.terminate()


@pytest.fixture(scope="session")
def tokenizers() -> dict[str, Any]:
    """Tokenizers of every kind, by the name of their directory, with the decoders of their kind."""
    transformers = pytest.importorskip("transformers")
    backends = {
        kind: _backend(kind) for kind in ("byte", "llama", "metaspace", "unigram", "wordpiece")
    }
    return {
        kind: transformers.PreTrainedTokenizerFast.from_pretrained(
            str(GOLDEN / "text" / kind), tokenizer_object=backend
        )
        for kind, backend in backends.items()
    }


def _backend(kind: str) -> Any:
    """The golden tokenizers are for encoding; texts of sampled ids need a decoder as well."""
    library = pytest.importorskip("tokenizers")
    decoders = library.decoders
    backend = library.Tokenizer.from_file(str(GOLDEN / "text" / kind / "tokenizer.json"))
    kinds = {
        "llama": lambda: decoders.Sequence(
            [
                decoders.Replace("▁", " "),
                decoders.ByteFallback(),
                decoders.Fuse(),
                decoders.Strip(" ", 1, 0),
            ]
        ),
        "metaspace": lambda: decoders.Metaspace(prepend_scheme="first"),
        "unigram": lambda: decoders.Metaspace(prepend_scheme="always"),
        "wordpiece": lambda: decoders.WordPiece(),
    }
    if kind in kinds:
        backend.decoder = kinds[kind]()
    return backend


def _program(*words: str) -> subprocess.Popen[str]:
    deno = os.environ.get("ABACUS_DENO") or shutil.which("deno")
    if deno is None:
        pytest.skip("no Deno to start a server with")
    environment = {**os.environ, "NO_COLOR": "1", "ORT_DISABLE_TELEMETRY": "1"}
    return subprocess.Popen(
        [deno, "run", "-A", "--no-check", *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if "main.ts" in words else None,
        text=True,
    )
