"""ModernBERT: rotary positions, attention within a window in most layers, gated MLPs, norms ahead of each part.

Traps
- Layer 0 has no attn_norm, as the norm of the embeddings stands right before it. There is a final_norm.
- Norms are LayerNorms without a bias unless norm_bias; attention_bias and mlp_bias are false as a rule.
- attn.Wqkv holds queries, keys and values one after the other, not by head. mlp.Wi holds what goes through the
  activation first and its gate behind: Wo(act(input) * gate).
- A row of a local layer sees local_attention // 2 tokens on each side. transformers adds 1 for flash attention alone.
- layer_types counts; where it is absent every global_attn_every_n_layers-th layer is global, the first among them.
- Two bases: rope_parameters.full_attention and .sliding_attention; older files have global_rope_theta and
  local_rope_theta. Of a rope_scaling beside them transformers 5 reads rope_type, but not type: it is refused.
- sliding_window is half of local_attention and wins over it.
- The head is head.dense (with a bias only if classifier_bias), classifier_activation, head.norm, and then classifier,
  which always has a bias. It reads the first token or the mean of all, as classifier_pooling says.
- The trunk's prefix is "model"; its table of words is embeddings.tok_embeddings. Its tokenizer gives no types.
"""

import torch
from tokenizers.processors import TemplateProcessing
from transformers import (
    ModernBertConfig,
    ModernBertForSequenceClassification,
    PreTrainedTokenizerFast,
)

from byte_level import byte_level_model
from families.distilbert import untyped_pairs
from golden_model import GoldenModel
from sequences import single_sequences

MODERNBERT = dict(
    hidden_size=16,
    intermediate_size=24,
    num_attention_heads=2,
    max_position_embeddings=96,
    pad_token_id=0,
    bos_token_id=2,
    cls_token_id=2,
    eos_token_id=3,
    sep_token_id=3,
    num_labels=1,
)


def closed_bytes():
    """Byte-level pieces with [CLS] and [SEP] around them."""
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    model = byte_level_model(list(names.values()))
    model.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=model, **{f"{key}_token": value for key, value in names.items()}
    )


def modernbert(config, sequences, **options):
    config = ModernBertConfig(**{**MODERNBERT, **config})
    return GoldenModel(
        ModernBertForSequenceClassification,
        config,
        sequences(config.vocab_size, 70),
        pooling="mean" if config.classifier_pooling == "mean" else "first",
        types=False,
        head=lambda model, rows: model.classifier(model.head(rows[:, 0])),
        **options,
    )


def as_on_the_hub(config):
    """Both bases by the names of transformers 4, the kinds of layers as a number."""
    ropes = config.pop("rope_parameters")
    del config["layer_types"]
    return {
        **config,
        "global_attn_every_n_layers": 3,
        "global_rope_theta": ropes["full_attention"]["rope_theta"],
        "local_rope_theta": ropes["sliding_attention"]["rope_theta"],
        "position_embedding_type": "absolute",
    }


MODELS = {
    "modernbert": modernbert(
        dict(vocab_size=len(closed_bytes()), num_hidden_layers=4, local_attention=8),
        untyped_pairs,
        dtype=torch.float16,
        tokenizer=closed_bytes,
        pairs=True,
        written=as_on_the_hub,
    ),
    "modernbert-mean": modernbert(
        dict(
            vocab_size=107,
            num_hidden_layers=3,
            local_attention=13,
            classifier_pooling="mean",
            norm_bias=True,
            attention_bias=True,
            mlp_bias=True,
            classifier_bias=True,
            hidden_activation="gelu_new",
            classifier_activation="silu",
            num_labels=3,
        ),
        single_sequences,
        dtype=torch.bfloat16,
        shards=2,
    ),
    "modernbert-layer-types": modernbert(
        dict(
            vocab_size=101,
            num_hidden_layers=2,
            num_attention_heads=4,
            local_attention=6,
            layer_types=["sliding_attention", "full_attention"],
            rope_parameters={
                "full_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": 5000.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 300.0},
            },
            classifier_pooling="mean",
            num_labels=2,
        ),
        single_sequences,
        dtype=torch.float16,
    ),
}
