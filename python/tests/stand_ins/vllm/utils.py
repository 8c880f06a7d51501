"""Names of vLLM's utils that OpenRLHF imports."""


def random_uuid() -> str:
    """Never called."""
    raise NotImplementedError
