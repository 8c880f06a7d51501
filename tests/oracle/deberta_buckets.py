"""Makes tests/golden/deberta_buckets.json: the bucket of every distance between two tokens, as DeBERTa v2 has it.

    python tests/oracle/deberta_buckets.py

Of distances 0, 1, 2, ... up to max_relative_positions; those to the other side have the same buckets, negative.
transformers computes in float32; that float64 rounds none of these into another bucket is checked.
"""

import datetime
import json
import math
import pathlib

import torch
import transformers
from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

TARGET = pathlib.Path(__file__).parent.parent / "golden" / "deberta_buckets.json"
# (position_buckets, max_relative_positions); v3's files have 256 and 512.
EXTENTS = [(256, 512), (8, 96), (8, 40), (32, 128), (64, 257), (7, 33), (2, 9)]


def in_float64(distance, buckets, longest):
    middle = buckets // 2
    if distance <= middle:
        return distance
    if middle == 1:
        return middle
    return math.ceil(math.log(distance / middle) / math.log((longest - 1) / middle) * (middle - 1)) + middle


def case(buckets, longest):
    distances = torch.arange(longest + 1)
    found = make_log_bucket_position(distances, buckets, longest).long()
    assert torch.equal(make_log_bucket_position(-distances, buckets, longest).long(), -found)
    found = found.tolist()
    assert found == [in_float64(distance, buckets, longest) for distance in range(longest + 1)]
    return {"position_buckets": buckets, "max_relative_positions": longest, "buckets": found}


def main():
    golden = {
        "made_by": {
            "script": "tests/oracle/deberta_buckets.py",
            "transformers": transformers.__version__,
            "torch": torch.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "cases": [case(*extents) for extents in EXTENTS],
    }
    TARGET.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
