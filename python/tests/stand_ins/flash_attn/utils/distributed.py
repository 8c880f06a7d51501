"""A name of flash-attn's that OpenRLHF imports; it is not used."""

all_gather = None
