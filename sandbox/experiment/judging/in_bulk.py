"""Judges sessions of an experiment in bulk: questions go to the endpoint's Batch API, answers come later."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from tempfile import TemporaryFile
from typing import IO, Any

from sandbox.content.library import Library
from sandbox.content.words import fault, refusal
from sandbox.errors import AnswerError, BudgetReachedError, EndpointError
from sandbox.experiment.judging.answers import Answers
from sandbox.experiment.judging.docket import BatchQuestion, Failed, Judged, Put
from sandbox.experiment.judging.judging import Judging, votes_on
from sandbox.experiment.playing.worker import SqlLog
from sandbox.experiment.store.store import Store
from sandbox.game.session import Session
from sandbox.llm.batches import MOST_BYTES, MOST_REQUESTS, Batch, BatchApi, BatchLine
from sandbox.llm.calls import ModelCall, RecordedCall
from sandbox.llm.failures import AbsentError, OutOfReachError, RetryableError
from sandbox.llm.gateway import ATTEMPTS
from sandbox.llm.structured import UnusableAnswerError, read_answer
from sandbox.llm.usage import Budget, BudgetAccount, Meter, Usage
from sandbox.record.log import Log
from sandbox.scoring.panel import Panel
from sandbox.session.context import LogRecord
from sandbox.session.runner import Models

_FIRST_LOOK, _LONGEST_LOOK, _SLOWER = 5.0, 300.0, 1.5  # seconds between two polls of the endpoint, and their growth
_IN_VAIN = 3
_MISSED = 12  # failed polls in a row of an endpoint out of reach: about an hour
_KEPT = 30 * 86_400.0  # seconds for which an endpoint keeps batches


class BulkJudging(Judging):
    """Judges what is left to be judged through the endpoint's Batch API.

    Each round sends all open questions, waits for their answers, and stores these session by session. Unusable answers,
    and quotes that cannot be found, are asked for again in the next round, as often as with ordinary calls. The first
    question to a judge goes by an ordinary call, so that a wrong key, model or request shows at once, not after a day.
    """

    def __init__(
        self, store: Store, library: Library, judges: Callable[[str, int, BudgetAccount], Models],
        budget: Budget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(store, library, judges, budget=budget)
        self._apis: dict[str, BatchApi] = {}
        self._tried: set[str] = set()
        self._said = ""  # the endpoint's words on what it has not answered

    async def _work(self) -> None:
        await self._at_once([self._rounds()])

    async def _rounds(self) -> None:
        in_vain = 0
        while self._halted is None:
            try:
                await self._put_all()
            except BudgetReachedError:
                if not self._docket.open():
                    raise
            if not self._docket.open():
                return
            in_vain = 0 if await self._wait() else in_vain + 1
            if in_vain == _IN_VAIN:
                says = f" [{self._said}]" if self._said else ""
                raise fault(EndpointError, "experiment.refused.no_answers", count=in_vain, says=says)

    # Questions go out

    async def _put_all(self) -> None:
        sheets: dict[str, _Sheet] = defaultdict(_Sheet)
        try:
            for run in self._store.unjudged(unasked=True):
                await asyncio.sleep(0)
                events, questions = await self._open(run)
                for question, failed in questions:
                    if self._halted is not None:
                        return
                    api = await self._api(question.model)
                    line = api.line(f"{run}/{question.call.key}", question, failed.tries)
                    sheet = sheets[question.model]
                    if not sheet.holds(line):
                        if not await self._put(question.model, sheet):
                            return
                        sheet = sheets[question.model] = _Sheet()
                    sheet.add(run, events, question, failed, line)
            for judge, sheet in sheets.items():
                if self._halted is not None or not await self._put(judge, sheet):
                    return
        finally:
            for sheet in sheets.values():
                sheet.file.close()

    async def _open(self, run: str) -> tuple[int, list[tuple[ModelCall[Any], Failed]]]:
        """Return how many events a session has, and the questions that are open; without any of these it is done."""
        failed = {key: before for key, (_, before) in self._docket.asked(run).items()}
        log = SqlLog(self._worker, run, ())
        session, events = self._session(log), len(list(log))
        votes, questions = await self._votes(session, log, failed)
        for question in questions:
            if question.model not in self._tried:
                await self._api(question.model)
                await self._try(run, question)
                self._tried.add(question.model)
                return await self._open(run)
        if not questions and self._docket.take(run):
            self._finish(run, session, log, votes)
            self.on_change()
        return events, [(question, failed.get(question.call.key, Failed())) for question in questions]

    async def _try(self, run: str, question: ModelCall[Any]) -> None:
        """Ask a question by an ordinary call."""
        if not self._docket.take(run, unasked=True):
            return
        log, key, failed = SqlLog(self._worker, run, {"call"}), question.call.key, dict[str, Failed]()
        models = self._judges(question.model, 1)
        try:
            gateway = models.endpoints.gateway(models.judges[0], Meter(self.account), LogRecord(log))
            await gateway.ask(question.call)
        except AnswerError as error:
            failed[key] = Failed(ATTEMPTS, Usage(), (error.__cause__ or error).args[0])
        except BaseException:
            self._worker.release(run, log.unkept)
            raise
        self._docket.keep(Judged(run, log.unkept, log.spent, Answers.in_log(log), settled=(key,), failed=failed))

    async def _put(self, judge: str, sheet: _Sheet) -> bool:
        """Send a batch; return whether the cap left room for all its questions."""
        api = await self._api(judge)
        put, chosen = self._docket.set_aside(judge, api.where, sheet.asked, self.account.budget)
        with sheet.file:
            if put is None:
                return True
            file = await api.upload(f"{put.name}.jsonl", sheet.only(chosen))
        self._docket.keep_ids(put, file)
        batch = await api.create(file, self._metadata(put), put.made)
        self._docket.keep_ids(put, file, batch.id)
        self.tally.asked += put.number
        self.on_change()
        return len(chosen) == len(sheet.asked)

    # Answers come back

    async def _wait(self) -> bool:
        """Wait until all batches have ended and store their answers; return whether there were any."""
        fruitful, missed, pause = False, 0, _FIRST_LOOK
        while self._halted is None:
            for put in self._docket.left_behind():
                await self._recover(put)
            standing: dict[str, Batch] = {}
            try:
                for put in self._docket.open():
                    fruitful |= await self._look(put, standing)
                missed = 0
            except OutOfReachError:
                missed += 1
                if missed == _MISSED:
                    raise
            waiting = self._docket.open()
            known = [standing[put.name] for put in waiting if put.name in standing]
            self.tally.asked = sum(put.number for put in waiting)
            self.tally.answered = sum(batch.done for batch in known)
            self.tally.refused = sum(batch.failed for batch in known)
            self.on_change()
            if not waiting:
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), pause)
            pause = min(_LONGEST_LOOK, _SLOWER * pause)
        return fruitful

    async def _recover(self, put: Put) -> None:
        """Take up a batch that was not wholly put: keep its id where the endpoint has it, else ask anew."""
        batch = None
        if put.file:
            batch = await (await self._api(put.judge, put.address)).find(put.file, self._metadata(put), put.made)
        if batch is None:
            self._docket.end(put)
        else:
            self._docket.keep_ids(put, put.file, batch.id)

    async def _look(self, put: Put, standing: dict[str, Batch]) -> bool:
        """Note the state of a batch and, if it has ended, store its answers; return whether there were any."""
        if not put.batch:
            return False  # another process is sending it
        api = await self._api(put.judge, put.address)
        try:
            standing[put.name] = batch = await api.retrieve(put.batch)
            return batch.ended and await self._read(put, batch)
        except AbsentError as error:
            if self._store.clock() - put.made > _KEPT:
                self._docket.end(put)
                return False
            fields = {"endpoint": api.where, "batch": put.batch, "count": put.number, "setting": api.endpoint.sets_key}
            raise fault(EndpointError, "experiment.refused.no_batch", **fields) from error

    async def _read(self, put: Put, batch: Batch) -> bool:
        """Store the answers of a batch that has ended, session by session; return whether there were any."""
        fruitful, whole = False, True
        by_run: dict[str, dict[str, BatchLine]] = defaultdict(dict)
        for line in await (await self._api(put.judge)).lines(batch):
            run, _, key = line.id.partition("/")
            by_run[run][key] = line
            self._said = line.words or self._said
        self._said = batch.words or self._said
        for run, lines in by_run.items():
            await asyncio.sleep(0)
            if self._halted is not None:
                return fruitful
            if self._docket.take(run):
                fruitful |= await self._hear(put, run, lines)
            elif any(name == put.name for name, _ in self._docket.asked(run).values()):
                whole = False  # another process is storing its answers
        if whole:
            self._docket.end(put)
        return fruitful

    async def _hear(self, put: Put, run: str, lines: Mapping[str, BatchLine]) -> bool:
        """Keep the answers about a session of this process, and its votes once all are there."""
        spent = self.account.spent
        try:
            asked = self._docket.asked(run)
            left = {key: line for key, line in lines.items() if key in asked and asked[key][0] == put.name}
            settled, failed = list(left), {key: before for key, (_, before) in asked.items()}
            log, fruitful = SqlLog(self._worker, run, ()), False
            session = self._session(log)
            api = await self._api(put.judge)
            while True:
                votes, questions = await self._votes(session, log, failed)
                answered = [question for question in questions if question.call.key in left]
                if not answered:
                    break
                for question in answered:
                    fruitful |= self._note(api, question, left.pop(question.call.key), failed, log)
            if not questions:
                self._finish(run, session, log, votes)
            else:
                again = {key: failed[key] for key in settled if key in failed and failed[key].tries}
                self._docket.keep(
                    Judged(run, log.unkept, log.spent, Answers.in_log(log), settled=settled, failed=again)
                )
        except BaseException:
            self.account.spent = spent  # the answers will be read again
            self._worker.release(run)
            raise
        return fruitful

    def _note(
        self, api: BatchApi, question: ModelCall[Any], line: BatchLine, failed: dict[str, Failed], log: SqlLog
    ) -> bool:
        """Write an answer to the log, or note why it is unusable; return whether there was one."""
        call = question.call
        before = failed.get(call.key, Failed())
        if line.data is None:
            if line.refused:
                failed[call.key] = Failed(before.tries + 1, before.usage, line.words)
            return line.refused
        answer = api.answer(question, before.tries, line)
        usage = before.usage + answer.usage
        self.account.spent += self.account.budget.priced(answer.usage, question.model)
        try:
            if answer.failure is not None:
                raise answer.failure
            call.parse(read_answer(answer.text))
        except (UnusableAnswerError, RetryableError, EndpointError) as error:
            failed[call.key] = again = Failed(before.tries + 1, usage, error.args[0])
            made = api.in_vain(question, again.tries, replace(answer, failure=error))
        else:
            failed.pop(call.key, None)
            made = RecordedCall(call.key, question.digest, answer.text, usage, said=answer.said)
        LogRecord(log).add_call(made, seat=call.seat, stage=call.stage, model=question.model, seconds=0.0)
        return True

    async def _votes(
        self, session: Session, log: SqlLog, failed: Mapping[str, Failed]
    ) -> tuple[Log, list[ModelCall[Any]]]:
        """Return the votes on a session to which the calls on record come, and the questions that are open."""
        models = self._models_of(session.spec)
        reasons = {key: before.reason for key, before in failed.items() if before.tries >= ATTEMPTS}
        gateways = [models.endpoints.postponing(judge, LogRecord(log), reasons) for judge in models.judges]
        votes = await votes_on(session, Panel(tuple(gateways), models.samples))
        return votes, [question for gateway in gateways for question in gateway.open]

    async def _api(self, judge: str, address: str = "") -> BatchApi:
        """Return the Batch API of a judge's endpoint.

        Raises:
            InputError: ``address`` is given and is not that of the endpoint.
        """
        if judge not in self._apis:
            models = self._judges(judge, 1)
            api = models.endpoints.batches(models.judges[0])
            await api.check()
            api.stopped = self._stopped.is_set
            self._apis[judge] = api
        api = self._apis[judge]
        if address and address != api.where:
            fields = {"address": address, "endpoint": api.where, "setting": api.endpoint.sets_address}
            raise refusal("experiment.refused.other_endpoint", **fields)
        return api

    def _metadata(self, put: Put) -> dict[str, str]:
        return {"experiment": self._store.name, "batch": put.name}


class _Sheet:
    """The requests of a batch, in a file to save memory."""

    def __init__(self) -> None:
        self.file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - closed by the sender
        self.asked: list[BatchQuestion] = []

    def holds(self, line: bytes) -> bool:
        """Return whether there is room for another line."""
        return len(self.asked) < MOST_REQUESTS and self.file.tell() + len(line) <= MOST_BYTES

    def add(self, run: str, events: int, question: ModelCall[Any], failed: Failed, line: bytes) -> None:
        """Add the line of a question that came up when its session had ``events`` events."""
        begin = self.file.tell()
        self.file.write(line)
        place = begin, begin + len(line)
        self.asked.append(BatchQuestion(run, events, question.call.key, question.most, failed, place))

    def only(self, chosen: Sequence[BatchQuestion]) -> IO[bytes]:
        """Return the file with only the lines of some of its questions, in their order."""
        if len(chosen) < len(self.asked):
            size = 0
            for begin, end in (each.line for each in chosen):
                self.file.seek(begin)
                line = self.file.read(end - begin)
                self.file.seek(size)
                size += self.file.write(line)
            self.file.truncate(size)
        return self.file
