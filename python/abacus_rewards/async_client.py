"""AsyncRewardClient: scores completions, with a reward for every token, in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from .budget import Budget
from .call import run_call
from .errors import RewardClientError
from .exchange import Exchange, Question
from .items import Close, CreditChoice, RequestHead, RewardItem, Truncate
from .models import ModelFacts, read_models, read_readiness
from .options import ClientOptions, base_of, check_timeout
from .recovery import Recover, recover_all, recover_each
from .tally import EachResult, RewardResult, Tally


class AsyncRewardClient:
    """A client of one Abacus server, for one event loop or several.

    It keeps connections, so close it (`aclose`, or `async with`). It can be shared by all tasks.

    Args:
        url: where the server is, as in `http://127.0.0.1:8080`; a path in it is kept.
        options: see `ClientOptions`, whose fields may be given by name instead.

    Raises:
        ValueError: for an option that cannot be right.
    """

    def __init__(self, url: str, options: ClientOptions | None = None, **fields: Any) -> None:
        self.options = replace(options or ClientOptions(), **fields)
        self.url = base_of(url)
        self._https: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = (
            WeakKeyDictionary()
        )

    async def score(
        self,
        items: Sequence[RewardItem],
        *,
        credit: CreditChoice | None = None,
        model: str | None = None,
        truncate: Truncate | None = None,
        close: Close | None = None,
        timeout_s: float | None = None,
    ) -> RewardResult:
        """Scores all items, in as many requests as needed, or fails as a whole.

        Args:
            items: prompts with their completions.
            credit: how scores are spread.
            model: the model that must answer.
            truncate: what a sample loses that is too long; by default it is refused.
            close: the token that texts are closed with; by default the server decides.
            timeout_s: seconds for the call with all its requests and retries.

        Raises:
            RewardClientError: the first failure; `path` leads into `items`.
        """
        head = self._head(credit, model, truncate, close)
        return (await self._call(items, head, recover_all, timeout_s)).all()

    async def score_each(
        self,
        items: Sequence[RewardItem],
        *,
        credit: CreditChoice | None = None,
        model: str | None = None,
        truncate: Truncate | None = None,
        close: Close | None = None,
        timeout_s: float | None = None,
    ) -> EachResult:
        """Scores every item that can be scored, with the arguments of `score`.

        An item that fails has its error as the result, and the others keep their rewards. After the
        timeout, items that were not scored have the error `timeout`.

        Raises:
            RewardClientError: of the call as a whole: an unknown key, model or route, a request
                that is wrong apart from its items.
        """
        head = self._head(credit, model, truncate, close)
        return (await self._call(items, head, recover_each, timeout_s)).each()

    async def models(self, *, timeout_s: float | None = None) -> tuple[ModelFacts, ...]:
        """The loaded models, with their limits and credit methods, the default first."""
        answer = await self._exchange(timeout_s).ask(Question("GET", "v1/models"))
        return answer.read(read_models)

    async def ready(self, *, timeout_s: float | None = None) -> bool:
        """Whether the server can score now. Sends one request.

        Raises:
            RewardClientError: where no server answers, or one that is not Abacus.
        """
        return await _readiness(self._exchange(timeout_s)) == "ready"

    async def until_ready(self, *, timeout_s: float | None = None, interval_s: float = 0.5) -> None:
        """Waits until the server can score, also where it does not listen yet.

        Raises:
            RewardClientError: `model_failure` where its model failed to load, `timeout`, or the
                error of an answer that is not one of Abacus.
        """
        exchange = self._exchange(timeout_s)
        while await _readiness_or_silence(exchange) != "ready":
            await exchange.budget.race(asyncio.sleep(interval_s))

    async def aclose(self) -> None:
        """Closes the connections of the running loop; a later call opens new ones."""
        http = self._https.pop(asyncio.get_running_loop(), None)
        if http is not None:
            await http.aclose()

    async def __aenter__(self) -> AsyncRewardClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _head(
        self,
        credit: CreditChoice | None,
        model: str | None,
        truncate: Truncate | None,
        close: Close | None,
    ) -> RequestHead:
        """What is None is left out, as the server has defaults."""
        fields = {
            "credit": credit or self.options.credit,
            "model": model or self.options.model,
            "truncate": truncate,
            "close": close,
            "encoding": self.options.encoding,
        }
        head: Any = {name: value for name, value in fields.items() if value is not None}
        return head  # type: ignore[no-any-return]

    async def _call(
        self,
        items: Sequence[RewardItem],
        head: RequestHead,
        recover: Recover,
        timeout_s: float | None,
    ) -> Tally:
        return await run_call(items, head, self._exchange(timeout_s), recover)

    def _exchange(self, timeout_s: float | None) -> Exchange:
        seconds = self.options.timeout_s if timeout_s is None else check_timeout(timeout_s)
        return Exchange(self._http(), self.url, self.options, Budget(seconds))

    def _http(self) -> httpx.AsyncClient:
        """Connections belong to the loop that opened them."""
        loop = asyncio.get_running_loop()
        http = self._https.get(loop)
        if http is None:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=32)
            # The call's budget ends every wait, so that httpx needs no timeouts of its own.
            http = httpx.AsyncClient(timeout=None, limits=limits, follow_redirects=False)
            self._https[loop] = http
        return http


async def _readiness(exchange: Exchange) -> str | None:
    try:
        answer = await exchange.ask(Question("GET", "readyz", also_reads=503), retries=0)
        return answer.read(read_readiness)
    except RewardClientError as error:
        # A proxy before the server says that it is not there.
        if error.status in (502, 503, 504):
            return None
        raise


async def _readiness_or_silence(exchange: Exchange) -> str | None:
    try:
        state = await _readiness(exchange)
    except RewardClientError as error:
        if error.kind == "network":
            return None
        raise
    if state == "failed":
        message = "Cannot wait as the server's model failed to load"
        raise RewardClientError("model_failure", message, status=503, attempts=1)
    return state
