"""Whether an installed trainer is of the releases that an adapter was tested with.

Adapters take hold of parts of trainers that are not public. In another release these may mean
something else, and a run would train on rewards that are plausible and wrong; so it does not begin.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version


class UntestedVersionError(RuntimeError):
    """A trainer of a release that the adapter was not tested with, or none."""


def require_release(package: str, *releases: str) -> str:
    """The installed version of a package, if it is one of these releases.

    Args:
        package: its name on PyPI.
        releases: as in `1.16`, which stands for 1.16.0 and all that is 1.16 with more numbers.

    Raises:
        UntestedVersionError: where it is another, or where there is none.
    """
    known = " or ".join(releases)
    try:
        received = version(package)
    except PackageNotFoundError:
        raise UntestedVersionError(
            f"Cannot use {package} as it must be installed in version {known}: received none"
        ) from None
    if not any(_is_of(received, release) for release in releases):
        raise UntestedVersionError(
            f"Cannot use {package} as it must be of version {known}, which this adapter was tested "
            f"with: received {received}"
        )
    return received


def _is_of(received: str, release: str) -> bool:
    """Candidates and development versions (1.16.0rc1, 1.16.0.dev0) are none of the release."""
    return re.fullmatch(rf"{re.escape(release)}(\.\d+)*(\+.*)?(\.post\d+)?", received) is not None
