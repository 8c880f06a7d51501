"""A stand-in for vLLM, whose wheels need a GPU: the names that OpenRLHF imports, nothing else."""


class SamplingParams:
    """Never made."""
