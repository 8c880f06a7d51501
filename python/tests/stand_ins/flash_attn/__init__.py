"""A stand-in for flash-attn, which needs a GPU: the names that OpenRLHF imports, nothing else."""
