"""Explanations by a model: which one is asked, how often, for how much, and what is let through.

The policy of retrying is here and nowhere else: every model is asked at most once for one text (but
for what it refuses to be asked with, see forms.py), in the order of the task, until one answers
with a text that says only what was measured.
"""

import asyncio
import hashlib
import logging
import re
import sys
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from bot.errors import ExplainError
from bot.explain.ai_state import AiState
from bot.explain.budget import Budget, day_start_ms, korean_day
from bot.explain.burst import Bursts, Key
from bot.explain.facts import facts_of
from bot.explain.forms import FORMS, REFUSING, Form, Forms, Schema, plainer
from bot.explain.gateway import Answer, Failed, Gateway
from bot.explain.grounding import verify_facts
from bot.explain.limits import Breaker, Limiter, TokenLimiter
from bot.explain.pricing import NANO, Settings, estimate_tokens
from bot.explain.prompts import facts_block, instructions
from bot.explain.shape import tidy
from bot.hindsight import Standing
from bot.ports import Ledger, Spend
from pipeline.model import AnyAlert, SymbolInfo

log = logging.getLogger("goraebot.explain")

TASK_OF: Final[Mapping[str, str]] = {
    "large_trade": "alert",
    "spread": "alert",
    "volume_surge": "alert",
    "kimchi": "alert",
    "liquidation": "alert",
    "funding": "alert",
    "price_jump": "anomaly",
    "pump": "anomaly",
}
TICKER: Final = re.compile(r"(?:[a-z-]{1,20}:)?[A-Z0-9_]{1,30}")
"""What exchanges call coins and pairs, with a venue or without."""
MOST_REFUSED: Final = 2
"""Texts that did not match the facts before the template is preferred: each costs money."""

FAIR_SHARE: Final = 0.5
"""Of an attempt's time. With less left, a further model would be paid for and blamed for nothing:
two silent ones would make the one rest that would have answered in their place next time."""

MEND: Final = "앞의 답은 규칙에 맞지 않아 쓸 수 없었습니다. 규칙을 모두 지켜 JSON만 다시 씁니다."
"""What a model is told that may mend its answer; of the answer itself single words at most."""

ACCOUNT_REST_S: Final = 300.0  # a refused key or an empty balance needs a person
MODEL_REST_S: Final = 600.0  # an unknown model stays unknown for a while
BUSY_REST_S: Final = 10.0  # 429 without Retry-After
LISTING_S: Final = 10.0


class ModelCheck(msgspec.Struct, frozen=True):
    """What the gateway said about the configured models at start.

    ``missing`` are those that it does not list; ``problem`` is "" or why it could not be asked,
    and ``account`` whether that is a refused key or balance.
    """

    missing: tuple[str, ...] = ()
    problem: str = ""
    account: bool = False


class AiExplainer:
    """Implements bot.ports.Explainer by asking models; call ``start`` first, ``close`` at the end.

    ``lookup`` finds the pair of a symbol, ``now_ms`` is the wall clock, ``clock`` a steady one in
    seconds. ``prompts`` are the instructions by task (see prompts.py), ``past`` gives what came
    after alerts like one, where that is clear.
    """

    def __init__(
        self,
        settings: Settings,
        gateway: Gateway,
        *,
        prompts: Mapping[str, str],
        ledger: Ledger,
        lookup: Callable[[str], SymbolInfo | None],
        now_ms: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
        past: Callable[[AnyAlert], Standing | None] = lambda alert: None,
    ) -> None:
        self._settings = settings
        self._gateway = gateway
        self._prompts = prompts
        self._budget = Budget(ledger, settings.daily_budget_usd, settings.monthly_budget_usd)
        self._limiter = Limiter(settings.requests_per_minute)
        self._tokens = TokenLimiter(settings.tokens_per_minute or sys.maxsize)
        self._account = ""
        self._rest = Breaker()
        self._breakers = {name: Breaker() for name in settings.models}
        self._lookup = lookup
        self._past = past
        self._now_ms = now_ms
        self._clock = clock
        self._bursts = Bursts(settings.share_s)
        self._forms = Forms()
        self._missing: tuple[str, ...] = ()
        self._shown = self._reused = self._refused = self._failed = 0

    async def start(self) -> ModelCheck:
        """Count what was spent this month and hold the model ids against the gateway's list.

        Missing ids are told in the log and asked last. Raises StoreError.
        """
        await self._budget.restore(self._now_ms())
        listed = await self._gateway.models(LISTING_S)
        if isinstance(listed, Failed):
            account = listed.trouble == "account"
            level = logging.ERROR if account else logging.WARNING
            log.log(level, "the AI gateway does not list its models: %s", listed.text)
            if account:
                self._account = listed.text
                self._rest.fail(self._clock(), ACCOUNT_REST_S)
            return ModelCheck(problem=listed.text, account=account)
        enabled = (name for name, model in self._settings.models.items() if model.enabled)
        self._missing = tuple(name for name in enabled if name not in listed)
        for name in self._missing:
            log.warning("the AI gateway does not list the model %s: it is asked last", name)
        return ModelCheck(self._missing)

    async def close(self) -> None:
        """Write down what was spent and close the connections."""
        await self._budget.flush()
        await self._gateway.close()

    def state(self) -> AiState:
        """How explanations are doing now."""
        return AiState(
            spent_usd=self._budget.spent(self._now_ms()) / NANO,
            budget_usd=self._settings.daily_budget_usd,
            month_usd=self._budget.spent_this_month(self._now_ms()) / NANO,
            month_budget_usd=self._settings.monthly_budget_usd,
            used_up=self._budget.used_up(self._now_ms()),
            account=self._account,
            resting=self._rest.state(self._clock()) == "open",
            missing=self._missing,
            shown=self._shown,
            shared=self._reused,
            refused=self._refused,
            failed=self._failed,
            failing=self._rest.state(self._clock()) != "closed",
        )

    def prompt(self, task: str) -> str:
        """What a model is told for the task."""
        return self._prompts[task]

    async def explain(self, alert: AnyAlert) -> str:
        """One paragraph about the alert that says only what was measured. Raises ExplainError.

        Alerts of the same kind, symbol and side or direction in a burst share one call, as far as
        its text is true of each.
        """
        facts = facts_of(alert, self._lookup(alert.symbol), self._past(alert))
        if not TICKER.fullmatch(facts.pair.symbol) or not TICKER.fullmatch(facts.pair.base):
            # Words for a name could be read as instructions, and would be allowed as the name.
            raise ExplainError("refused", "a pair whose name is no ticker")
        return await self.write(
            TASK_OF.get(facts.kind, "alert"),
            facts.words,
            lambda text: verify_facts(text, facts),
            alert.id,
            share=(facts.kind, facts.pair.symbol, facts.side or facts.book_side or facts.direction),
            severity=alert.severity,
            kind=facts.kind,
        )

    async def write(
        self,
        task: str,
        words: Mapping[str, object],
        check: Callable[[str], list[str]],
        subject: str = "",
        *,
        share: Key | None = None,
        schema: Schema | None = None,
        severity: str = "",
        kind: str = "",
        hint: Callable[[str], str] | None = None,
    ) -> str:
        """One paragraph for any task; ``check`` gives objections to a text. Raises ExplainError.

        ``words`` are the facts as data, ``subject`` names them in the ledger, ``severity`` (of an
        alert) may choose other models, ``kind`` leaves out what the prompt says of other kinds (see
        prompts.instructions). Texts of the same ``share`` within ``share_s`` use one call, as far
        as its text passes the check of each.
        With a ``schema`` the answer is asked for as JSON and returned as it came; a model whose
        answer is refused may mend it once; ``hint`` says what else it is told then.
        """
        system = instructions(self._prompts[task], kind)
        call = _Call(task, system, facts_block(words), subject, schema, severity, hint)
        try:
            async with asyncio.timeout(self._settings.deadline_s):
                if share is None:
                    return await self._write(call, check)
                made = await self._bursts.text(share, self._clock())
                if isinstance(made, ExplainError):
                    raise ExplainError(made.reason, "as for the one before")
                if made is not None and not check(made):
                    self._reused += 1
                    return made
                with self._bursts.making(share, self._clock) as burst:
                    burst.made = await self._write(call, check)
                return burst.made
        except TimeoutError:
            self._failed += 1
        raise ExplainError("deadline", f"{self._settings.deadline_s:g} s are over")

    # --- one text from a chain of models -------------------------------------------------------

    async def _write(self, call: "_Call", check: Callable[[str], list[str]]) -> str:
        # The rest of the deadline is for writing down what it cost.
        until = self._clock() + 0.95 * self._settings.deadline_s
        if not self._settings.enabled:
            raise ExplainError("off")
        if not self._rest.enter(self._clock()):
            raise ExplainError("resting", "the gateway keeps failing")
        try:
            text = await self._chain(call, check, until)
            self._shown += 1
            return text
        except ExplainError:
            self._failed += 1
            raise
        finally:
            self._rest.withdraw()
            await self._budget.flush()

    async def _chain(self, call: "_Call", check: Callable[[str], list[str]], until: float) -> str:
        """Ask one model after the other. Raises ExplainError."""
        reason, refused, busy = "resting", 0, 0
        failed: Failed | None = None
        waiting = deque(self._order(call))
        while waiting:
            name = waiting.popleft()
            now = self._clock()
            if now >= until:
                reason = "deadline"
                break
            if failed and until - now < FAIR_SHARE * self._settings.attempt_s:
                break
            breaker = self._breakers[name]
            if not breaker.enter(now):
                continue
            try:
                found = await self._formed(name, call, until)
            except ExplainError as error:
                reason = reason if failed or refused else error.reason
                if error.reason == "limit":
                    break
                continue  # too dear for what is left today: a cheaper one may not be
            finally:
                breaker.withdraw()
            if isinstance(found, Failed):
                failed, reason = found, "failed"
                self._blame(name, found)
                if found.trouble == "account":
                    raise ExplainError("account", found.text)
                busy += found.trouble == "busy"
                if busy == 2:  # not one model, but the key is told to wait
                    self._limiter.pause(self._clock() + (found.retry_after_s or BUSY_REST_S))
                continue
            breaker.succeed()
            self._back()
            text = tidy(found.text) if call.schema is None else found.text
            # A long text takes a tenth of a second, and the first one half a second.
            objections = (
                await asyncio.to_thread(check, text) if call.schema is not None else check(text)
            )
            self._count(name, call, "refused" if objections else "shown", found)
            if not objections:
                return text
            refused, reason = refused + 1, "refused"
            self._refused += 1
            # What people paste may stand in a model's text, so the text is not written down.
            digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]
            log.info(
                "a text by %s is not shown (%d characters, SHA-256 %s…): %s",
                name,
                len(text),
                digest,
                "; ".join(list(dict.fromkeys(objections))[:3]),
            )
            if refused == MOST_REFUSED:
                break
            if call.schema is not None:
                waiting.appendleft(name)
                more = f" {call.hint(text)}" if call.hint is not None else ""
                call = msgspec.structs.replace(call, user=f"{call.user}\n\n{MEND}{more}")
        if failed and not refused:
            self._fail_gateway(failed)
        raise ExplainError(reason, failed.text if failed else "")

    async def _formed(self, name: str, call: "_Call", until: float) -> Answer | Failed:
        """One answer, asked for as strictly as the model takes it. Raises what ``_ask`` does."""
        schema, dropped = call.schema, False
        form: Form = self._forms.of(name) if schema is not None else FORMS[-1]
        effort = self._settings.models[name].effort if self._forms.takes_effort(name) else None
        while True:
            response_format = schema.format(form) if schema is not None else None
            found = await self._ask(name, call, until, response_format, effort)
            if isinstance(found, Answer):
                if schema is not None:
                    self._forms.answered(name, form)
                if dropped:
                    self._forms.answered_without_effort(name)
                return found
            if found.status not in REFUSING:
                return found
            if effort is not None:  # the form may be taken all the same
                log.info("%s may not take an effort: %s", name, found.text)
                effort, dropped = None, True
                continue
            next_form = plainer(form)
            if next_form is None:
                return found
            log.info("%s does not take %s: %s", name, form, found.text)
            form = next_form

    async def _ask(
        self,
        name: str,
        call: "_Call",
        until: float,
        response_format: Mapping[str, object] | None,
        effort: str | None,
    ) -> Answer | Failed:
        """One question within budget, limit and time. Raises ExplainError("budget" or "limit")."""
        model = self._settings.models[name]
        most = self._settings.most_output_tokens
        # Twice the estimate: no tokenizer is known, and the budget is a ceiling.
        dearest = model.nanodollars(2 * call.tokens, most)
        if not self._budget.reserve(dearest, self._now_ms()):
            raise ExplainError("budget")
        try:
            now = self._clock()
            needed = call.tokens + most
            start = now + max(self._limiter.wait_s(now), self._tokens.wait_s(now, needed))
            if start >= until:
                raise ExplainError("limit")
            self._limiter.take(start)
            booked = self._tokens.take(start, needed)
            if start > now:
                await asyncio.sleep(start - now)
            timeout_s = min(self._settings.attempt_s, until - self._clock())
            if timeout_s <= 0:
                raise ExplainError("limit")
            try:
                found = await self._gateway.ask(
                    name,
                    model,
                    call.system,
                    call.user,
                    most_tokens=most,
                    timeout_s=timeout_s,
                    response_format=response_format,
                    effort=effort,
                )
            except asyncio.CancelledError:
                self._count(name, call, "cut", Answer("", call.tokens, most, estimated=True))
                raise
            if isinstance(found, Answer):
                booked.tokens = found.tokens_in + found.tokens_out
            elif found.billed is None:
                booked.tokens = call.tokens  # gateways differ in whether a failed call counts
            else:
                tokens_in, tokens_out = found.billed
                estimated = found.trouble == "silent"
                self._count(name, call, "cut", Answer("", tokens_in, tokens_out, estimated))
            return found
        finally:
            self._budget.release(dearest)

    def _order(self, call: "_Call") -> list[str]:
        """The task's own order; the cheapest first when money is short; missing ids last.

        Of those that failed last time only the first keeps its place: there is time for one that
        is silent, and then for one that answers.
        """
        order = self._settings.order(call.task, call.severity)
        if self._budget.used(self._now_ms()) >= self._settings.thrifty_share:
            models = self._settings.models
            order.sort(key=lambda name: models[name].input + models[name].output)
        known = self._breakers
        doubted = [n for n in order if known[n].doubted and known[n].ready(self._clock())]
        order.sort(key=lambda name: (name in self._missing, name in doubted[1:]))
        return order

    # --- what was learnt from it ---------------------------------------------------------------

    def _blame(self, name: str, failed: Failed) -> None:
        """Let the model rest as its failure asks for."""
        now = self._clock()
        breaker = self._breakers[name]
        if failed.trouble == "account":
            self._rest.fail(now, ACCOUNT_REST_S)
            self._account = failed.text
            log.error("the AI gateway refuses the key or the balance: %s", failed.text)
            return
        if failed.trouble == "busy":
            rest_s = BUSY_REST_S if failed.retry_after_s is None else failed.retry_after_s
            breaker.fail(now, rest_s)
        elif failed.trouble == "model":
            breaker.fail(now, MODEL_REST_S)
        else:
            breaker.fail(now)
        resting = " and rests" if breaker.state(now) == "open" else ""
        log.warning("%s did not explain%s: %s %s", name, resting, failed.trouble, failed.text)

    def _fail_gateway(self, failed: Failed) -> None:
        now = self._clock()
        before = self._rest.state(now)
        self._rest.fail(now)
        if self._rest.state(now) == "open" and before != "open":
            log.warning("the AI gateway keeps failing and rests: %s", failed.text)

    def _back(self) -> None:
        if self._rest.state(self._clock()) != "closed":
            log.info("the AI gateway answers again")
        self._account = ""
        self._rest.succeed()

    def _count(self, name: str, call: "_Call", outcome: str, answer: Answer) -> None:
        model = self._settings.models[name]
        now_ms = self._now_ms()
        self._budget.count(
            Spend(
                id=uuid.uuid4().hex,
                at_ms=now_ms,
                day_ms=day_start_ms(korean_day(now_ms)),
                task=call.task,
                model=name,
                subject=call.subject,
                outcome=outcome,
                tokens_in=answer.tokens_in,
                tokens_out=answer.tokens_out,
                usd=model.nanodollars(answer.tokens_in, answer.tokens_out) / NANO,
                estimated=answer.estimated,
            )
        )


class _Call(msgspec.Struct, frozen=True):
    """What is asked, whoever is asked."""

    task: str
    system: str
    user: str
    subject: str
    schema: Schema | None = None
    severity: str = ""
    hint: Callable[[str], str] | None = None

    @property
    def tokens(self) -> int:
        """Estimated tokens of the question."""
        return estimate_tokens(self.system) + estimate_tokens(self.user)
