"""DeBERTa v2 and v3: attention to content and to relative positions (arXiv 2006.03654, equations 2 to 4).

Traps
- Scores are scaled by 1 / sqrt(width * f), f = 1 + (c2p) + (p2c); all three terms by the same number.
- c2p[q, k] = query[q] . position_key[bucket(q - k)], p2c[q, k] = key[k] . position_query[bucket(q - k)]: transformers
  gathers p2c by -(k - q) and transposes. Buckets are clamped to [0, 2 * span - 1] after span is added,
  so a distance of span itself and all beyond it share the last row, and -span and below the first.
- span is position_buckets, or max_relative_positions where position_buckets is below 1, which in turn is
  max_position_embeddings where it is below 1. rel_embeddings has 2 * span rows.
- Buckets beyond span / 2 are logarithmic and rounded up, see tests/golden/deberta_buckets.json. The bucket of the
  distance max_relative_positions is span itself, one past the last row: the clamp above is needed.
- share_att_key puts the relative embeddings through the layer's own query_proj and key_proj, biases included;
  otherwise there are pos_key_proj (where c2p) and pos_query_proj (where p2c), both with biases.
- norm_rel_ebd "layer_norm" puts the relative embeddings through encoder.LayerNorm, once for all layers.
- position_biased_input false: no absolute positions at all (v3). Old checkpoints may store
  embeddings.position_embeddings even so, which transformers leaves unread, and embeddings.position_ids.
- type_vocab_size 0 (v3): token types exist in the tokenizer's output and have no embedding.
- conv_kernel_size > 0 (v2 xlarge): after layer 0 alone, norm(layer0(x) + act(conv(x))), where x is the *input* of
  layer 0. conv_act is tanh where absent. The convolution reads neighbours of the sequence, with zeros past
  its ends: padding rows must be zero before it. Its weight is [out, in / conv_groups, kernel].
- The head is pooler.dense, then pooler_hidden_act (gelu), then classifier. `pooler` stands beside `deberta`, not
  inside it as in BERT.
- pos_att_type is "c2p|p2c" in files and a list since transformers 4; position_buckets, share_att_key,
  norm_rel_ebd, conv_* are not fields of DebertaV2Config, so nothing gives them a default but the model's code:
  -1, false, "none", 0.
- With attention from a mask transformers fills in the least float32 and not minus infinity; without padding
  there is no difference.
- layer_norm_eps is 1e-7.
"""

import torch
from tokenizers.processors import TemplateProcessing
from transformers import DebertaV2Config, DebertaV2ForSequenceClassification, PreTrainedTokenizerFast

from golden_model import GoldenModel
from sequences import pair_sequences, single_sequences
from text_tokenizers import unigram

DEBERTA = dict(
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=3,
    num_attention_heads=4,
    max_position_embeddings=96,
    relative_attention=True,
    pos_att_type="p2c|c2p",
    num_labels=1,
    pad_token_id=0,
)
V3 = dict(
    position_buckets=8,
    max_relative_positions=-1,
    position_biased_input=False,
    share_att_key=True,
    norm_rel_ebd="layer_norm",
    type_vocab_size=0,
)


def pooler_head(model, rows):
    return model.classifier(model.pooler(rows))


def pieces():
    """Pieces by likelihood as in DeBERTa v3, [CLS] and [SEP] around them."""
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    tokenizer = unigram(list(names.values()), unknown=1)
    special = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=special
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        **{f"{key}_token": value for key, value in names.items()},
    )


def deberta(config, sequences, **options):
    return GoldenModel(
        DebertaV2ForSequenceClassification,
        DebertaV2Config(**{**DEBERTA, **config}),
        sequences(config["vocab_size"], 80),
        pooling="first",
        head=pooler_head,
        **options,
    )


def as_on_the_hub(config):
    """pos_att_type as one string, without what transformers 5 adds."""
    del config["legacy"], config["tie_word_embeddings"], config["pooler_hidden_size"]
    return {**config, "pos_att_type": "p2c|c2p"}


def unread(config):
    """Absolute positions that a checkpoint of v3 may hold though its configuration has no use for them."""
    context, width = config.max_position_embeddings, config.hidden_size
    return {
        "deberta.embeddings.position_embeddings.weight": torch.zeros(context, width, dtype=torch.float16)
    }


MODELS = {
    "deberta-v3": deberta(
        dict(vocab_size=len(pieces()), **V3),
        pair_sequences,
        dtype=torch.float16,
        tokenizer=pieces,
        pairs=True,
        written=as_on_the_hub,
    ),
    "deberta-v2-conv": deberta(
        dict(
            vocab_size=107,
            position_buckets=8,
            max_relative_positions=40,
            share_att_key=False,
            position_biased_input=True,
            type_vocab_size=2,
            conv_kernel_size=3,
            conv_act="gelu",
            norm_rel_ebd="none",
            num_labels=3,
        ),
        pair_sequences,
        dtype=torch.bfloat16,
        shards=2,
    ),
    "deberta-v2-no-buckets": deberta(
        dict(
            vocab_size=101,
            position_buckets=-1,
            max_relative_positions=12,
            share_att_key=False,
            position_biased_input=False,
            norm_rel_ebd="layer_norm",
            num_labels=2,
        ),
        single_sequences,
        dtype=torch.float16,
        stale=unread,
    ),
    "deberta-v2-content-to-position": deberta(
        dict(
            vocab_size=97,
            position_buckets=8,
            share_att_key=True,
            pos_att_type="c2p",
            position_biased_input=True,
            pooler_hidden_act="tanh",
        ),
        single_sequences,
        dtype=torch.bfloat16,
    ),
}
