"""One of two processes that train together; writes what its first batch held.

Arguments: the server's address, and the folder to write to.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from policies import REVIEW_WORDS, word_policy, word_tokenizer
from test_trl import RED, Dataset, GRPOConfig, Watched

from abacus_rewards.trl import AbacusReward


def main(server: str, folder: str) -> None:
    tokenizer = word_tokenizer(REVIEW_WORDS)
    config = GRPOConfig(
        output_dir=f"{folder}/out",
        per_device_train_batch_size=2,
        num_generations=4,
        max_completion_length=10,
        max_steps=1,
        report_to=[],
        save_strategy="no",
        use_cpu=True,
        bf16=False,
        ddp_backend="gloo",
        disable_tqdm=True,
    )
    trainer = Watched(
        model=word_policy(REVIEW_WORDS, seed=0),
        processing_class=tokenizer,
        reward_funcs=AbacusReward(server, tokenizer, credit=RED),
        args=config,
        train_dataset=Dataset.from_dict({"prompt": ["the movie was", "it was very"] * 4}),
    )
    trainer.train()
    prompts, batch = trainer.batches[0]
    masks = batch["completion_mask"].bool()
    pairs: dict[str, Any] = {"ids": "completion_ids", "used": "advantages"}
    rows = {
        name: [row[mask].tolist() for row, mask in zip(batch[key], masks, strict=True)]
        for name, key in pairs.items()
    }
    text = json.dumps({"prompts": prompts, **rows})
    Path(folder, f"rank{trainer.accelerator.process_index}.json").write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
