"""`python -m abacus_rewards check URL`: whether a trainer could use a server."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from .client import RewardClient
from .server_check import Finding, ServerCheck


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code is 0 where a trainer could use the server, else 1."""
    given = _parser().parse_args(arguments)
    try:
        client = RewardClient(given.url, api_key=given.key, retries=1, timeout_s=given.timeout)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    with client:
        findings = []
        for finding in ServerCheck(client, given.model).findings():
            findings.append(finding)
            if not given.json:
                print(_line(finding), flush=True)
    passed = all(finding.passed for finding in findings)
    if given.json:
        print(json.dumps({"passed": passed, "findings": [asdict(each) for each in findings]}))
    else:
        print("A trainer can use this server." if passed else "A trainer cannot use this server.")
    return 0 if passed else 1


def _line(finding: Finding) -> str:
    return f"{'ok' if finding.passed else 'NO':<4}{finding.name:<18}{finding.summary}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m abacus_rewards", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="whether a trainer could use a server")
    check.add_argument("url", help="the server, as in http://127.0.0.1:8080")
    check.add_argument("--key", help="the server's key, if it needs one")
    check.add_argument("--model", help="the model that must answer (default: the server's first)")
    check.add_argument("--json", action="store_true", help="print one line of JSON")
    check.add_argument("--timeout", type=float, default=60.0, help="seconds of each question")
    return parser


if __name__ == "__main__":
    sys.exit(main())
