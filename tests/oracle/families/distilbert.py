"""DistilBERT: BERT without token types, under names of its own.

Traps
- Fields are dim, n_heads, n_layers, hidden_dim, activation; layer_norm_eps is no field and always 1e-12.
- Tensors are transformer.layer.N.attention.q_lin, k_lin, v_lin, out_lin, sa_layer_norm, ffn.lin1, ffn.lin2,
  output_layer_norm. The head is pre_classifier, relu (whatever `activation` says), classifier.
- Its tokenizer gives types to a pair, which the model does not take.
- With sinusoidal_pos_embds the table of positions is stored all the same, and what is stored counts.
"""

import torch
from torch.nn.functional import relu
from transformers import DistilBertConfig, DistilBertForSequenceClassification

from families.bert import word_pieces
from golden_model import GoldenModel
from sequences import pair_sequences, single_sequences

DISTILBERT = dict(dim=16, hidden_dim=24, n_layers=3, n_heads=4, max_position_embeddings=96, num_labels=1)


def untyped_pieces():
    return word_pieces(inputs=["input_ids", "attention_mask"])


def untyped_pairs(vocabulary, longest):
    """Pairs as ids alone, without those that differ in types alone."""
    ids = {tuple(each["ids"]): None for each in pair_sequences(vocabulary, longest)}
    return [{"ids": list(each)} for each in ids]


def distilbert(config, sequences, **options):
    return GoldenModel(
        DistilBertForSequenceClassification,
        DistilBertConfig(**{**DISTILBERT, **config}),
        sequences(config["vocab_size"], 70),
        pooling="first",
        types=False,
        head=lambda model, rows: model.classifier(relu(model.pre_classifier(rows[:, 0]))),
        **options,
    )


def position_ids(config):
    return {"distilbert.embeddings.position_ids": torch.arange(config.max_position_embeddings)[None]}


MODELS = {
    "distilbert": distilbert(
        dict(vocab_size=len(untyped_pieces())),
        untyped_pairs,
        dtype=torch.float16,
        tokenizer=untyped_pieces,
        pairs=True,
    ),
    "distilbert-sinusoidal": distilbert(
        dict(vocab_size=109, sinusoidal_pos_embds=True, activation="gelu_new", num_labels=3, n_heads=2),
        single_sequences,
        dtype=torch.bfloat16,
        shards=2,
        stale=position_ids,
    ),
}
