"""Names of flash-attn's padding that OpenRLHF imports; none is used."""

index_first_axis = pad_input = rearrange = unpad_input = None
