"""ALBERT: BERT whose layers share their weights, behind narrow embeddings.

Traps
- num_hidden_layers layers take the weights of num_hidden_groups groups, of inner_group_num layers each:
  layer i is group floor(i / (layers / groups)), and all layers of that group are applied. The layers are
  num_hidden_layers * inner_group_num, and so are the maps of attention.
- encoder.embedding_hidden_mapping_in (with a bias) is there also where embedding_size equals hidden_size.
- Tensors are attention.query, attention.dense, attention.LayerNorm, ffn, ffn_output, full_layer_layer_norm.
- The pooler is one linear layer, albert.pooler, then tanh, then classifier.
- hidden_act is gelu_new by default.
"""

import torch
from transformers import AlbertConfig, AlbertForSequenceClassification

from families.deberta_v2 import pieces
from golden_model import GoldenModel
from sequences import pair_sequences, single_sequences

ALBERT = dict(
    embedding_size=8,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=3,
    num_attention_heads=4,
    max_position_embeddings=96,
    num_labels=1,
)


def albert(config, sequences, **options):
    return GoldenModel(
        AlbertForSequenceClassification,
        AlbertConfig(**{**ALBERT, **config}),
        sequences(config["vocab_size"], 70),
        pooling="first",
        head=lambda model, rows: model.classifier(torch.tanh(model.albert.pooler(rows[:, 0]))),
        **options,
    )


def position_ids(config):
    return {"albert.embeddings.position_ids": torch.arange(config.max_position_embeddings)[None]}


MODELS = {
    "albert": albert(
        dict(vocab_size=len(pieces())),
        pair_sequences,
        dtype=torch.float16,
        tokenizer=pieces,
        pairs=True,
        stale=position_ids,
    ),
    "albert-groups": albert(
        dict(
            vocab_size=101,
            embedding_size=16,
            num_hidden_layers=5,
            num_hidden_groups=2,
            inner_group_num=2,
            hidden_act="gelu",
            num_attention_heads=2,
            num_labels=3,
        ),
        single_sequences,
        dtype=torch.bfloat16,
        shards=2,
    ),
}
