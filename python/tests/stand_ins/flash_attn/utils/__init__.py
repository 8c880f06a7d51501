"""Where OpenRLHF imports flash-attn's `distributed` from."""
