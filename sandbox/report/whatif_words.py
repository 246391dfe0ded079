"""A what-if in words: the question, the figures of both arms, their differences, and what these allow to be said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sandbox.content.governance import CHAIR_BINDS
from sandbox.content.words import Words
from sandbox.experiment.outcomes import OUTCOMES
from sandbox.experiment.whatif.arms import Arm
from sandbox.experiment.whatif.continuations import VoteApart
from sandbox.experiment.whatif.whatif import (
    COUNTS,
    Figure,
    FigureComparison,
    Recount,
    WhatifQuestion,
    figures,
    figures_of,
    recounted,
)
from sandbox.game.game import Game
from sandbox.game.motions.counting import counted, rejected_by
from sandbox.game.motions.franchise import veto_key
from sandbox.game.session import Session
from sandbox.record.line import ALL, DecisionTaken, Line
from sandbox.report.act_words import act_text
from sandbox.report.beside_votes import unput
from sandbox.report.figures import decimal, is_share, percent, points, signed
from sandbox.report.reading import Reading
from sandbox.report.rule_words import told_apart
from sandbox.report.voting_words import tally


def interval(words: Words, row: FigureComparison, number: Callable[[float], str]) -> str:
    """Return the interval of a difference; a dash if there is none; a text if all pairs are alike."""
    low, high = row.change.low, row.change.high
    if row.change.alike:
        return words("whatif.alike")
    if low is None or high is None:
        return "–"
    return words("experiment_report.range", low=number(low), high=number(high))


def verdict(words: Words, row: FigureComparison, turned: int = 0) -> str:
    """Return what may be said of a difference; ``turned`` is as in `WhatIfWords.turned`."""
    return words(f"whatif.verdict.{_said_of(row, turned)}", count=row.among, pairs=row.change.pairs)


def _said_of(row: FigureComparison, turned: int) -> str:
    """Return the key of what is said of a difference; if all pairs are alike, it says what that means."""
    estimate = row.change.estimate or 0.0
    if row.verdict not in ("open", "alone") or not row.change.alike:
        return row.verdict
    if row.figure.name == "decided" and estimate * turned > 0:
        return "counted"
    if abs(estimate) >= row.figure.smallest:
        return "each"
    return row.verdict if estimate else "open_alike"


class WhatIfWords:
    """Puts a what-if into words."""

    def __init__(self, game: Game, words: Words) -> None:
        self.words = words
        self._game, self._lang = game, words.lang

    def name(self, seat: str) -> str:
        """Return the name of a seat, or the word for everybody."""
        return self.words("everyone") if seat == ALL else self._game.personas[seat].name.get(self._lang)

    def move(self, line: Line, counters: Mapping[str, bool]) -> str:
        """Return what a line does: who, the act, to whom, and the options that it names."""
        words = self.words
        act = act_text(words, line, self._game, counters)
        did = f"{self.name(line['seat'])}{words('gap')}{act} → {self.name(line['to'])}"
        options = self.options(line)
        return f"{did}{words('colon')}{options}" if options else did

    def options(self, line: Line) -> str:
        """Return the options that a line names, or an empty text."""
        known = self._game.scenario.decision_by_id
        return self.words("semi").join(
            known[key].options[option].get(self._lang) for key, option in line["terms"].items() if key in known
        )

    def asked(self, question: WhatifQuestion) -> tuple[str, str]:
        """Return both arms in words: what happened, and what would have happened instead."""
        words, moment = self.words, question.moment
        if question.changes:
            return words("whatif.was_rules"), words("whatif.other_rules", changes=self._changes(question.other))
        lines = moment.line, question.other.line(moment.game)
        was, other = (self.move(line, moment.counters(line)) for line in lines)
        if lines[0]["about"] != lines[1]["about"]:
            was, other = (
                words("whatif.about", move=move, line=line["about"]) if line["about"] else move
                for move, line in zip((was, other), lines, strict=True)
            )
        return words("whatif.was", move=was), words("whatif.other", move=other)

    def _changes(self, other: Arm) -> str:
        game = other.game
        changes = self.words("semi").join(self._told(other, brought=False))
        if game.governance.rules.aggregation.procedure not in CHAIR_BINDS:
            return changes
        role = game.personas[game.chair].role.get(self._lang)
        return self.words("whatif.chair", changes=changes, name=self.name(game.chair), role=role)

    def _told(self, other: Arm, *, brought: bool) -> list[str]:
        spec = self._game.spec.model_copy(update={"lang": self._lang})
        return told_apart(spec, self._game.library, other.changes, other.brought)[brought]

    def turned(self, session: Session, question: WhatifQuestion) -> int:
        """Return 1 if the votes cast decide something only in the other arm, -1 if only in this one, 0 otherwise."""
        anew = {was["id"]: other["carried"] for _, was, other in recounted(session, question)}
        was = any(decision["carried"] for decision in session.decisions)
        other = any(anew.get(decision["id"], decision["carried"]) for decision in session.decisions)
        return other - was

    def decided(self, rows: Sequence[FigureComparison], turned: int = 0) -> str:
        """Return in how many continuations of each arm something was decided; empty if nothing can be decided.

        ``turned`` is as in `turned`.
        """
        row = next((row for row in rows if row.figure.name == "decided"), None)
        if row is None or row.was is None or row.other is None:
            return ""
        pairs = row.change.pairs
        said = self.words(f"whatif.page.said.{_said_of(row, turned)}", pairs=pairs)
        was, other = (round(pairs * share) for share in (row.was, row.other))
        return self.words("whatif.page.decided", runs=pairs, was=was, other=other, verdict=said)

    def apart(self, votes: Sequence[VoteApart]) -> str:
        """Return which seats vote otherwise by the cards than they did in the session; empty if none does."""
        words = self.words
        told = [
            words(
                f"whatif.apart.{'against' if row.cast else 'for'}", name=self.name(row.seat), line=row.motion,
                count=row.otherwise, runs=row.voted,
            )
            for row in votes
        ]  # fmt: skip
        return words("whatif.apart", votes=words("semi").join(told)) if told else ""

    def together(self, session: Session, question: WhatifQuestion) -> str:
        """Return how votes counted anew, coins and cards go together; empty if no votes can be counted anew."""
        return self.words("whatif.together") if self.recounted(session, question) else ""

    def recounted(self, session: Session, question: WhatifQuestion) -> str:
        """Return how the votes that were cast would count in the other arm; empty if that cannot be told."""
        counts = [*recounted(session, question)]
        told = [self.recount(*recount, recount.was["motion"]) for recount in counts]
        if not told:
            return ""
        text = self.words("whatif.recount", motions=self.words("semi").join(told))
        return self.words("gap").join([text, *self._next(session, counts)])

    def _next(self, session: Session, counts: Sequence[Recount]) -> list[str]:
        """Return which motion would or would not come to the vote, since another falls or is carried instead."""
        reading = Reading(session, lang=self._lang)
        left = [
            item.line
            for game, was, other in counts
            if was["carried"] and not other["carried"] and game.governance.rules.aggregation.ballots > len(counts)
            for item, _ in unput(reading, was["stage"])
        ]
        if left:
            return [self.words("whatif.next", line=left[-1])]
        ended = [was["id"] for _, was, other in counts if other["carried"] and not was["carried"]]
        later = [
            after["motion"]
            for at, each in enumerate(session.decisions)
            if each["id"] in ended
            for after in session.decisions[at + 1 :]
            if after["stage"] == each["stage"]
        ]
        return [self.words("whatif.unput", lines=later)] if later else []

    def recount(self, game: Game, was: DecisionTaken, other: DecisionTaken, motion: str) -> str:
        """Return the result of a motion, and what it would be with the other votes; ``motion`` names it."""
        words, why = self.words, ""
        counts = tally(words, game, counted(game, other))
        if not other["carried"]:
            names = words.join([self.name(seat) for seat in other["vetoed_by"]])
            key = veto_key(game, f"whatif.recount.why.{rejected_by(game, other)}", other["vetoed_by"])
            why = words(key, names=names, count=counts["quorum"], needed=counts["needed"])
        now = "carried" if other["carried"] else "fallen"
        key = f"whatif.recount.{'carried' if was['carried'] else 'fallen'}.{now}"
        return words(key, line=motion, why=why, **counts)

    def happened(self, session: Session) -> str:
        """Return how the session itself came out, as one course among others; empty if it is not finished."""
        if not session.finished:
            return ""
        shown = {figure.name: figure for figure in figures(self._game)}
        values = figures_of(session)
        return self.words(
            "whatif.happened",
            outcome=self.words(f"whatif.happened.{'carried' if values['decided'] else 'none'}"),
            above=self.value(shown["hierarchical"], values["hierarchical"]),
            beside=self.value(shown["horizontal"], values["horizontal"]),
        )

    def figure(self, figure: Figure) -> str:
        """Return the name of a figure, or the option if it is about an option of a question."""
        if figure.condition:
            return figure.condition
        if figure.option:
            return self._game.scenario.decision_by_id[figure.question].options[figure.option].get(self._lang)
        return self.words(f"whatif.count.{figure.name}" if figure.name in COUNTS else OUTCOMES[figure.name].words)

    def question(self, question: str) -> str:
        """Return a question of the case."""
        return self._game.scenario.decision_by_id[question].question.get(self._lang)

    def value(self, figure: Figure, value: float | None) -> str:
        """Return the mean of a figure, in per cent for a share; a dash if there is none."""
        if value is None:
            return "–"
        return percent(value) if _share(figure) else decimal(value)

    def change(self, row: FigureComparison) -> str:
        """Return a difference, in percentage points for a share; a dash if there is none."""
        if row.change.estimate is None:
            return "–"
        return self._in_points(row.figure, self._number(row.figure, row.change.estimate))

    def _in_points(self, figure: Figure, text: str) -> str:
        return self.words("experiment_report.points", change=text) if _share(figure) else text

    def subtracting(self, row: FigureComparison) -> tuple[str, str, str]:
        """Return both means and their difference, with one more decimal if the rounded values would not add up."""
        was, other, apart, share = row.was, row.other, row.change.estimate, _share(row.figure)
        usual = self.value(row.figure, was), self.value(row.figure, other), self.change(row)
        if was is None or other is None or apart is None:
            return usual
        size, digits, fine = (100, 0, 9.95) if share else (1, 2, 0)  # a share below ten per cent has a decimal
        shown = [round(size * value, digits + (abs(size * value) < fine)) for value in (was, other, apart)]
        if round(shown[1] - shown[0] - shown[2], 3) == 0:
            return usual
        if share:
            change = self.words("experiment_report.points", change=signed(100 * apart, 1))
            return f"{decimal(100 * was, 1)}%", f"{decimal(100 * other, 1)}%", change
        return decimal(was, 3), decimal(other, 3), signed(apart, 3)

    def interval(self, row: FigureComparison) -> str:
        """Return the interval of a difference; a dash if there is none; a text if all pairs are alike."""
        return interval(self.words, row, lambda value: self._number(row.figure, value))

    def margin(self, figure: Figure) -> str:
        """Return the difference of a figure below which it hardly matters, in percentage points for a share."""
        return self._in_points(figure, self._number(figure, figure.smallest).lstrip("+"))

    def verdict(self, row: FigureComparison, turned: int = 0) -> str:
        """Return what may be said of a difference; ``turned`` is as in `turned`."""
        return verdict(self.words, row, turned)

    def notes(
        self, rows: Sequence[FigureComparison], runs: int, model: str = "", other: Arm | None = None, *,
        explained: bool = True,
    ) -> tuple[str, ...]:  # fmt: skip
        """Return how the figures are to be read, and what they cannot show.

        Args:
            rows: the comparisons that are shown together.
            runs: the number of continuations of each arm.
            model: the model that played; without one, the rules alone played.
            other: an arm; the rules that came along with the changes asked for are told.
            explained: whether to explain the methods as well.
        """
        words = self.words
        brought = self._told(other, brought=True) if other and other.brought else []
        both = sum(row.change.pairs for row in rows if row.figure.name == "horizontal_carried")
        return (
            *([words("whatif.brought", changes=words("semi").join(brought))] if brought else []),
            words("whatif.reading", runs=runs),
            words("assessments.asks"),
            *([words("whatif.verdicts", count=sum(not row.figure.condition for row in rows))] if explained else []),
            *(
                [words("assessments.decided"), words("whatif.where_decided", count=both, runs=runs)]
                if _decide_apart(rows)
                else []
            ),
            *([words("whatif.method")] if explained else []),
            *([words("pulses.derived")] if any(row.figure.name == "trust_change" for row in rows) else []),
            words("whatif.by_model", model=words.of("acted_by", model)) if model else words("whatif.by_rules"),
            words("whatif.limits"),
        )

    @staticmethod
    def _number(figure: Figure, value: float) -> str:
        return points(value) if _share(figure) else signed(value)


def _decide_apart(rows: Sequence[FigureComparison]) -> bool:
    by_name = {row.figure.name: row for row in rows}
    decided = by_name.get("decided")
    return "horizontal" in by_name and decided is not None and decided.was != decided.other


def _share(figure: Figure) -> bool:
    return figure.yes_no or is_share(figure.name)
