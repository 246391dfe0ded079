"""A line in the minutes: its act and what it is about, its terms and conditions, and its words in brief."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal, get_args

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.language import Lang, patterns
from sandbox.game.game import Game
from sandbox.game.language.gist import gist
from sandbox.game.language.wording import takes_up
from sandbox.game.ledger.entries import Item, motion_of, own_terms
from sandbox.game.ledger.matters import brief_matter, whom_for
from sandbox.game.ledger.options import briefly
from sandbox.game.minutes.asked import questions_in
from sandbox.game.minutes.settled import by_line
from sandbox.game.minutes.weighed import LATEST, Extent
from sandbox.game.motions.conditions import beside
from sandbox.game.motions.hanging import brought, hangs_on, struck_by
from sandbox.game.review.reporting import CLAIMS, reported_of
from sandbox.game.state import first_state
from sandbox.record.line import ALL, Line, Outcome

# Acts whose addressee is told.
_SAID_TO: tuple[Act, ...] = ("delegate", "object", "refuse", "answer", "promise")
# Signs that a speaker asks for words not to be written down.
_KEPT_OFF = patterns(
    en=r"\b(?:off|out of) the (?:minutes|record)\b"
    r"|n(?:o|['’])t (?:to )?(?:(?:be )?(?:put|written|go) (?:in|into|on)|for) the (?:minutes|record)\b"
    r"|n['’]t be (?:minuted|written down)\b",
    zh=r"(?:别|不要|不用|不必|请勿)[记写放往]?[进到入]?(?:会议)?(?:纪要|记录)|(?:纪要|记录)里?(?:就|请|您|先)*(?:别|不要)[记写提]"
    r"|[这那][句段][话]?(?:就|请|您|先)*(?:别|不要)[记写](?!得)|(?:您|请)(?:先)?(?:别|不要)记下来",
)
# Most characters of a line in a review. They are many, as a cut report often keeps what was done and drops the rest.
_REPORT: dict[Lang, int] = {"en": 700, "zh": 240}


def entry_of(
    game: Game,
    line: Line,
    item: Item | None,
    extent: Extent,
    before: Sequence[Line],
    told: Sequence[Line],
    made: Sequence[Item],
    *,
    whole: bool,
    carried: Collection[str],
    withdrawn: Collection[str],
    question: Line | None,
) -> dict[str, Any]:
    """Return what minutes tell of a line and of the ledger entry that it made, if any.

    - Conditions: an extent with ``once`` leaves out conditions of motions on the table and of lines told above. A line
      that was ``carried`` shows only its own condition, as the vote tells the rest; so does a line that is not told as
      a ``whole`` or whose condition comes from a stage ``before``.
    - Terms: options that the answered motion already had are left out.
    - Words: they are cut to a gist that keeps what answers the ``question``, also if the line is addressed to another
      seat.

    Args:
        game: the game.
        line: the line.
        item: the entry that it made, or None.
        extent: how much minutes tell.
        before: lines of earlier stages.
        told: the lines of this stage that the minutes tell.
        made: the ledger's entries.
        whole: whether a condition is told with all that the motion has by now.
        carried: the lines of motions that were carried or amended.
        withdrawn: the lines whose promise is not told any more.
        question: the line whose question this line answers, or None.
    """
    taken_over = bool(line["about"]) and any(each["id"] == line["about"] for each in before)
    held = item.condition if item and whole and not taken_over else line["condition"]
    base = next((each for each in told if each["id"] == line["about"]), None)
    if extent.once:
        tabled = item is not None and item.kind == "proposal" and item.terms
        condition = "" if tabled else _new(game, held, [*before, *told[: told.index(line)]])
    elif base:
        condition = beside(game.words, held, base)
    elif line["id"] in carried:
        condition = game.words("semi").join(part for by, part in brought(made, held) if by == line["id"])
    else:
        condition = by_line(game, made, held, line["id"])
    task = game.scenario.task_by_id.get(line["task"])
    named = own_terms(game.scenario, line) if has(line["act"], "promises") else line["terms"]
    answered = motion_of(tuple(made), line["about"]) if has(line["act"], "counters") else None
    had = answered.terms if answered else {}
    puts = item is not None and answered is not None
    binds = has(line["act"], "commits") or (puts and not extent.once)
    named = {key: option for key, option in named.items() if binds and had.get(key) != option}
    terms = [*briefly(game, named).values()] if extent.once else [option for _, option in game.in_words(named)]
    if puts and not (terms or extent.once or (item and item.amends and not taken_over)):
        terms = [game.words("minutes.as", line=line["about"])]
    standing = (*first_state(game)["ledger"], *made) if "withdraws" in line else ()
    back = (item for item in standing if item.kind == "promise" and item.line == line.get("withdraws"))
    hosts = game.personas[line["seat"]].kind == "host"
    new = [] if condition or has(line["act"], "proposes") else brought(made, line["condition"])
    own = [part for by, part in new if by == line["id"]]
    handed = [task.text.get(game.spec.lang)] if task else []
    handed_to = [item.deliverer for item in made if item.task == task.id and item.line != line["id"]] if task else []
    wanted = " ".join(held_back(game, line) if hosts else [*terms, *own, *handed])
    asker, act, longest = line["to"], line["act"], extent.longest[game.spec.lang]
    if question:
        # A promise is told apart from the words.
        grants = line["promises"] or has(act, "asks") or has(act, "tells")
        asker, act = question["seat"], "answer" if grants else act
        if has(act, "answers"):
            wanted += " " + questions_in(question["says"], longest)
    if line["stage"] in game.able("reviews"):
        longest = _REPORT[game.spec.lang]
    elif any(has(each["act"], "doubts") and each["about"] == line["id"] for each in told):
        longest = max(longest, LATEST.longest[game.spec.lang])  # lest that speaks against what was cut
    says = gist(line["says"], longest, wanted, act, beside=" ".join([condition, line["promises"]]))
    at = at_of(game, line, asker, made)
    gains = whom_for(game, line.get("promised_to", ()))
    return {
        "line": line["id"], "name": game.name(line["seat"]), "act": line["act"],
        "did": game.words(f"act_did.{line['act']}"), "otherwise": "", "came": "",
        "says": says, "kept_off": bool(_KEPT_OFF[game.spec.lang].search(line["says"])),
        "state": item.state if item else "", "condition": condition,
        "amends": bool(item and item.amends),
        "strikes": bool(item and item.amends and struck_by(tuple(made), item)),
        "promises": "" if line["id"] in withdrawn else line["promises"],
        "withdraws": next((brief_matter(game, promise) for promise in back), ""),
        "refuses": game.words("semi").join(
            part for part in hangs_on(line.get("refuses", "")) if part not in condition
        ),
        "to": "" if asker == ALL else game.name(asker), "at": at, "gains": gains if gains != at else "",
        "about": line["about"],
        "terms": terms,
        "task": " ".join(handed),
        "off": next((game.name(to) for to in handed_to if has(line["act"], "lifts") and to != ALL), ""),
        "section": game.words.of("section", line["section"]) if line["section"] and not extent.once else "",
    }  # fmt: skip


def at_of(game: Game, line: Line, to: str, made: Sequence[Item]) -> str:
    """Return the motion that a line opposes, or the name of its addressee ``to``, if minutes tell that; else empty.

    What is said to all has no addressee; nor has a promise that names those it is for.
    """
    act = line["act"]
    if has(act, "doubts") and line["stage"] in game.able("reviews"):
        return ""
    motion = motion_of(tuple(made), line["about"]) if has(act, "doubts") and game.style == "free" else None
    if motion and motion.terms:
        return motion.line
    if has(act, "promises") and "promised_to" in line:
        return ""
    return game.name(to) if act in _SAID_TO and to != ALL else ""


def held_back(game: Game, line: Line) -> list[str]:
    """Return the hidden facts of a tour of which a line of its host speaks."""
    lang, hidden = game.spec.lang, game.scenario.tour.hidden
    texts = [fact.text.get(lang) for fact in game.scenario.facts if fact.id in hidden]
    return [text for text in texts if takes_up(line["says"], text, lang)]


def _new(game: Game, condition: str, above: Sequence[Line]) -> str:
    """Return the conditions that no line told above has."""
    had = {part for line in above for part in hangs_on(line["condition"])}
    return game.words("semi").join(part for part in hangs_on(condition) if part not in had)


def reviewed(game: Game, line: Line, lines: Sequence[Line], due: Sequence[Item]) -> dict[str, Any]:
    """Return what a line in a review says became of matters that fell due, and whether it contradicts the report.

    A line on a matter that did not fall due is no verdict on the matter told before it. Who takes something to the
    level above and says beside what a matter came to takes up something else than that matter.
    """
    elsewhere = bool(line["about"]) and not reported_of(tuple(due), line["about"])
    otherwise = "" if elsewhere else _otherwise(line, lines)
    came = _came(game, line, {item.line for item in due}) or (otherwise and game.words(f"turn.{otherwise}"))
    aside = (elsewhere and stands(line)) or (bool(came) and has(line["act"], "escalates"))
    act: Act = "inform" if aside else line["act"]
    told = otherwise and game.words(f"minutes.otherwise.{'later' if game.spec.weighs_review else 'earlier'}")
    return {"act": act, "did": game.words(f"act_did.{act}"), "otherwise": told, "came": came}


def _came(game: Game, line: Line, due: Collection[str]) -> str:
    """Return the matters that fell ``due`` of which a line in a review speaks, and what it says they came to."""
    own = [claim for trait, claim in CLAIMS if has(line["act"], trait)]
    claims: dict[str, Outcome] = {**dict.fromkeys([line["about"]] if own else [], *own), **line.get("also", {})}
    alone = [line["about"]] if line["about"] in due and line["about"] not in claims else []
    came = {word: [name for name, said in claims.items() if said == word and name in due] for word in get_args(Outcome)}
    groups = (
        game.words("minutes.came", matters=game.words.join(names), came=game.words(f"turn.{word}"))
        for word, names in came.items()
        if names
    )
    return game.words("semi").join([*alone, *groups])


def _otherwise(line: Line, lines: Sequence[Line]) -> Outcome | Literal[""]:
    """Return the outcome that a line gives for the matter it is about if that differs from the report; else empty."""
    about = line["about"]
    said: Outcome | Literal[""] = line.get("also", {}).get(about, "")
    reports = [
        {each["about"]: word, **each.get("also", {})}
        for each in lines
        for trait, word in CLAIMS
        if has(each["act"], trait)
    ]
    claim = next((report[about] for report in reversed(reports) if about in report), "")
    if has(line["act"], "opposes"):
        return "" if said == ("kept" if claim == "broken" else "broken") else said
    return said if claim and said != claim and has(line["act"], "supports") else ""


def stands(line: Line) -> bool:
    """Return whether a line supports or opposes what it is about."""
    return has(line["act"], "supports") or has(line["act"], "opposes")
