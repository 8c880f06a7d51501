"""RoBERTa, XLM-RoBERTa and CamemBERT: BERT with other positions, another head and no pooler.

Traps
- Positions count the tokens whose id is not pad_token_id, from pad_token_id + 1; those that have this id stand
  at pad_token_id, wherever they are. A text may hold it: <pad> is a word like any other to a tokenizer, and nothing
  masks it. From embeddings alone transformers cannot tell and numbers all of them.
- So max_position_embeddings (514) is more than the tokens of a text (512): pad_token_id + 1 rows stand before.
- The head stands beside the trunk: classifier.dense, tanh, classifier.out_proj. Old files may hold the pooler
  that it does not read, roberta.pooler, and position_ids.
- type_vocab_size is 1 as a rule and 2 by default; the one row is added to every token.
- All three call their trunk "roberta"; model_type is "xlm-roberta" with a hyphen.
- A pair is <s> a </s> </s> b </s>, of type 0 everywhere.
- layer_norm_eps is 1e-5 in files and 1e-12 by default.
"""

import random

import torch
from tokenizers.processors import RobertaProcessing, TemplateProcessing
from transformers import (
    CamembertConfig,
    CamembertForSequenceClassification,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
)

from byte_level import byte_level_model
from golden_model import GoldenModel
from sequences import holding, pair_sequences
from text_tokenizers import unigram

ROBERTA = dict(
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=3,
    num_attention_heads=4,
    max_position_embeddings=90,
    type_vocab_size=1,
    layer_norm_eps=1e-5,
    num_labels=1,
)
BOS, PAD, EOS = 0, 1, 2
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
NAMES = dict(
    bos_token="<s>",
    eos_token="</s>",
    cls_token="<s>",
    sep_token="</s>",
    pad_token="<pad>",
    unk_token="<unk>",
)


def bytes_in_pairs():
    """Byte-level pieces. Offsets hold the spaces, as Abacus gives them whatever a file says (text.py)."""
    model = byte_level_model(SPECIAL)
    sep, cls = ("</s>", EOS), ("<s>", BOS)
    model.post_processor = RobertaProcessing(sep, cls, trim_offsets=False, add_prefix_space=False)
    return PreTrainedTokenizerFast(tokenizer_object=model, **NAMES)


def pieces_in_pairs():
    """Pieces by likelihood, as XLM-RoBERTa and CamemBERT have them."""
    model = unigram(SPECIAL, unknown=3)
    model.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", BOS), ("</s>", EOS)],
    )
    return PreTrainedTokenizerFast(tokenizer_object=model, **NAMES)


def untyped_pairs(vocabulary, longest):
    """<s> a </s> </s> b </s>, some of which hold padding."""
    chance = random.Random(9)
    draw = lambda count: [chance.randrange(4, vocabulary) for _ in range(count)]
    answer = draw(12)
    pairs = [([], []), (draw(3), []), ([], draw(5)), (draw(9), answer), (draw(5), answer[:4])]
    pairs.append((draw(longest // 2), draw(longest - longest // 2 - 4)))
    made = [{"ids": [BOS, *first, EOS, EOS, *second, EOS]} for first, second in pairs]
    return holding(PAD, [*made, {"ids": [BOS]}])


def counted(model, ids):
    embeddings = model.base_model.embeddings
    return {"position_ids": embeddings.create_position_ids_from_input_ids(ids, embeddings.padding_idx)}


def roberta(kind, config, sequences, **options):
    return GoldenModel(
        kind,
        config,
        sequences,
        pooling="first",
        head=lambda model, rows: model.classifier(rows),
        unembedded=counted,
        **options,
    )


def old_buffers(config):
    width = config.hidden_size
    return {
        "roberta.embeddings.position_ids": torch.arange(config.max_position_embeddings)[None],
        "roberta.pooler.dense.weight": torch.zeros(width, width, dtype=torch.bfloat16),
        "roberta.pooler.dense.bias": torch.zeros(width, dtype=torch.bfloat16),
    }


MODELS = {
    "roberta": roberta(
        RobertaForSequenceClassification,
        RobertaConfig(**ROBERTA, vocab_size=len(bytes_in_pairs())),
        untyped_pairs(len(bytes_in_pairs()), 80),
        dtype=torch.float16,
        tokenizer=bytes_in_pairs,
        pairs=True,
    ),
    "roberta-typed": roberta(
        RobertaForSequenceClassification,
        RobertaConfig(
            **{**ROBERTA, "num_labels": 3, "type_vocab_size": 2, "num_attention_heads": 2},
            vocab_size=107,
            pad_token_id=6,
            hidden_act="gelu_new",
        ),
        holding(6, pair_sequences(107, 80)),
        dtype=torch.bfloat16,
        shards=2,
        stale=old_buffers,
    ),
    "xlm-roberta": roberta(
        XLMRobertaForSequenceClassification,
        XLMRobertaConfig(**ROBERTA, vocab_size=len(pieces_in_pairs())),
        untyped_pairs(len(pieces_in_pairs()), 40),
        dtype=torch.float16,
        tokenizer=pieces_in_pairs,
        pairs=True,
    ),
    "camembert": roberta(
        CamembertForSequenceClassification,
        CamembertConfig(
            **{**ROBERTA, "num_labels": 2, "num_hidden_layers": 2},
            vocab_size=101,
            pad_token_id=-1,
            hidden_act="relu",
        ),
        untyped_pairs(101, 40),
        dtype=torch.bfloat16,
    ),
}
