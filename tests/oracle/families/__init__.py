"""Every golden model by the name of its folder, from one table a family.

To add a family, write its table and name it here.
"""

from families import (
    albert,
    bert,
    deberta_v2,
    distilbert,
    electra,
    gemma,
    gemma2,
    gemma3,
    gpt2,
    gpt_neox,
    gptj,
    internlm2,
    llama,
    mistral,
    modernbert,
    opt,
    phi3,
    qwen2,
    qwen3,
    roberta,
    trainers,
)

CAUSAL = (
    llama,
    gpt2,
    mistral,
    gpt_neox,
    gemma2,
    qwen2,
    qwen3,
    gemma,
    phi3,
    gemma3,
    gptj,
    opt,
    internlm2,
    trainers,
)
ENCODERS = (bert, deberta_v2, roberta, distilbert, electra, albert, modernbert)

MODELS = {name: entry for family in CAUSAL + ENCODERS for name, entry in family.MODELS.items()}
