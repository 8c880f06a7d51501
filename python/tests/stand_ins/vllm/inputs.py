"""Names of vLLM's inputs that OpenRLHF imports."""


class TokensPrompt:
    """Never made."""
