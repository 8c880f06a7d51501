"""Every golden model by the name of its folder, from one table a family.

To add a family, write its table and name it here.
"""

from families import bert, deberta_v2, gemma2, gpt2, gpt_neox, llama, mistral, roberta

MODELS = {
    name: entry
    for family in (llama, gpt2, mistral, gpt_neox, gemma2, bert, deberta_v2, roberta)
    for name, entry in family.MODELS.items()
}
