"""BERT: every token sees every other, the first one is pooled, texts come alone or in pairs.

Traps
- Norms come after each part: norm(x + attention(x)), norm(x + mlp(x)); there is one after the embeddings and
  none at the end.
- The head is three steps: bert.pooler.dense, tanh, classifier (with a bias).
- The sum of the embeddings is word + token type + position. A single text has type 0 everywhere, whose row
  is added too.
- Two sequences of the same ids and other types are two sequences.
- Nothing may be shared between sequences that begin alike: what comes later changes the states before it.
- The queries of the pooled position 0 see the whole sequence, so its attention covers [CLS] and every [SEP].
- layer_norm_eps is 1e-12. Names are upside down: attention.self.query, attention.output.dense,
  attention.output.LayerNorm, intermediate.dense, output.dense, output.LayerNorm.
- Old checkpoints store bert.embeddings.position_ids (int64) and may call norms' weight and bias gamma and beta.
- A pair's first text is followed by [SEP] with type 0, the second by [SEP] with type 1. With an empty text it is
  still a pair: [CLS] [SEP] completion [SEP], [CLS] prompt [SEP] [SEP]. (transformers' tokenizer("prompt", "")
  leaves the last [SEP] out, tokenizer(["prompt"], [""]) does not; these numbers are the latter's.)
"""

import torch
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from golden_model import GoldenModel
from sequences import pair_sequences, single_sequences
from text_tokenizers import make_wordpiece

BERT = dict(
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=3,
    num_attention_heads=4,
    max_position_embeddings=96,
    num_labels=1,
    pad_token_id=0,
)


# Without this the general class of transformers gives no types.
TYPED = ["input_ids", "token_type_ids", "attention_mask"]


def pooler_head(model, rows):
    return model.classifier(model.bert.pooler(rows))


def word_pieces(inputs=TYPED):
    """The WordPiece tokenizer of text_tokenizers.py with the post-processor that BERT's files have."""
    tokenizer, names = make_wordpiece()
    special = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=special
    )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_input_names=inputs, **names)


def bert(config, sequences, **options):
    return GoldenModel(
        BertForSequenceClassification,
        BertConfig(**{**BERT, **config}),
        sequences(config["vocab_size"], 80),
        pooling="first",
        head=pooler_head,
        **options,
    )


def position_ids(config):
    return {"bert.embeddings.position_ids": torch.arange(config.max_position_embeddings)[None]}


MODELS = {
    "bert": bert(
        dict(vocab_size=len(word_pieces())),
        pair_sequences,
        dtype=torch.float16,
        tokenizer=word_pieces,
        pairs=True,
    ),
    "bert-single": bert(
        dict(vocab_size=103, hidden_act="relu", num_labels=2), single_sequences, stale=position_ids
    ),
    "bert-three-labels": bert(
        dict(vocab_size=113, num_labels=3, num_attention_heads=2, hidden_act="gelu_new", type_vocab_size=3),
        pair_sequences,
        dtype=torch.bfloat16,
        shards=2,
    ),
}
