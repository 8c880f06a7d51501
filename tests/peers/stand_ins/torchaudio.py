"""A stand-in for torchaudio, which LlamaFactory imports for sound and never asks for scores: it holds nothing."""
