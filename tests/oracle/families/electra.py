"""ELECTRA: BERT behind narrow embeddings, without a pooler, and with gelu in its head.

Traps
- Words, positions, types and their norm are embedding_size wide; embeddings_project (with a bias) comes behind the
  norm, and only where embedding_size differs from hidden_size. DeBERTa projects ahead of the norm, and without a bias.
- The head is classifier.dense, gelu (whatever hidden_act says), classifier.out_proj. The fields summary_* are
  those of the head of multiple choice and change nothing.
"""

import torch
from transformers import ElectraConfig, ElectraForSequenceClassification

from families.bert import word_pieces
from golden_model import GoldenModel
from sequences import pair_sequences

ELECTRA = dict(
    embedding_size=8,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=3,
    num_attention_heads=4,
    max_position_embeddings=96,
    num_labels=1,
)


def electra(config, **options):
    return GoldenModel(
        ElectraForSequenceClassification,
        ElectraConfig(**{**ELECTRA, **config}),
        pair_sequences(config["vocab_size"], 70),
        pooling="first",
        head=lambda model, rows: model.classifier(rows),
        **options,
    )


def position_ids(config):
    return {"electra.embeddings.position_ids": torch.arange(config.max_position_embeddings)[None]}


MODELS = {
    "electra": electra(
        dict(vocab_size=len(word_pieces())),
        dtype=torch.float16,
        tokenizer=word_pieces,
        pairs=True,
        stale=position_ids,
    ),
    "electra-as-wide": electra(
        dict(
            vocab_size=103,
            embedding_size=16,
            hidden_act="silu",
            summary_activation="tanh",
            type_vocab_size=3,
            num_attention_heads=2,
            num_labels=3,
        ),
        dtype=torch.bfloat16,
        shards=2,
    ),
}
