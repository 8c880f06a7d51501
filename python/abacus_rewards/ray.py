"""Ray Data 2.60: scores Parquet, with the rewards of tokens as columns of lists."""

from __future__ import annotations

from .tables import TableScorer
from .versions import require_release

require_release("ray", "2.60")


class AbacusActor(TableScorer):
    """A `TableScorer` for `map_batches(AbacusActor, batch_format="pyarrow", ...)`.

    Ray starts an actor that died again and gives it its batch anew. An error that the scorer
    raises ends Ray's job, unless the `DataContext` says otherwise (`actor_task_retry_on_errors`).
    """
