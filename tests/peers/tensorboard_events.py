"""TensorBoard's own reader reads the event files of a run, for tensorboard_test.ts.

    python tests/peers/tensorboard_events.py DIRECTORY

Prints one line of JSON: the version, and by tag the step and the value of every number.
"""

import importlib.metadata
import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

accumulator = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
accumulator.Reload()
scalars = {
    tag: [[event.step, event.value] for event in accumulator.Scalars(tag)]
    for tag in accumulator.Tags()["scalars"]
}
print(json.dumps({"version": importlib.metadata.version("tensorboard"), "scalars": scalars}))
