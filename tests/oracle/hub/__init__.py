"""Directories as the hub has them, with tiny random weights: one table for decoders, encoders and models of code of
their own. hub_directories.py writes them and asks transformers."""
