"""Writes directories as the hub has them, and says what transformers answers for each.

    python tests/oracle/hub_directories.py FOLDER [NAME ...]

Each entry of the tables in hub/ becomes FOLDER/NAME: config.json, tokenizer files and names of files and tensors as
in the published model of that name, as far as they are known, with tiny random weights. Prints its versions, then a
line of JSON for each directory: its name, what serve is started with, and for each question the ids, the score, the
position that it was read at, and the attention from there on the completion's tokens.
"""

import json
import os
import pathlib
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import torch
import transformers

from hub import decoders, encoders, others, own_code, process

TABLES = [decoders, encoders, others, own_code, process]
MODELS = [model for table in TABLES for model in table.MODELS]


def main(folder, *names):
    transformers.utils.logging.disable_progress_bar()
    print(json.dumps({"torch": torch.__version__, "transformers": transformers.__version__}), flush=True)
    for model in MODELS:
        if names and model.name not in names:
            continue
        directory = pathlib.Path(folder) / model.name
        model.write(directory)
        line = {"name": model.name, "flags": [flag.format(folder=folder) for flag in model.flags], "answers": model.answers(directory)}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
