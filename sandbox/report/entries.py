"""What an entry of the ledger is and how it came out, in words that claim no more than a meeting can show."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.content.acts import has
from sandbox.content.governance import CHAIR_BINDS
from sandbox.content.language import Lang, patterns
from sandbox.game.language.stock import quotable
from sandbox.game.language.wording import sentences, takes_up
from sandbox.game.ledger.entries import Item, differ, motion_of
from sandbox.game.ledger.promises_lost import lost_with
from sandbox.game.motions.backing import Stances, backing, left_for
from sandbox.game.motions.conditions import stands_in
from sandbox.game.motions.counting import counted, heard_on
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.record.line import DecisionTaken
from sandbox.report.act_words import is_bare, supports_in
from sandbox.report.reading import Reading

# Words that make a promise conditional: those that say it is otherwise not given, and weaker ones.
_ELSE = patterns(
    en=r"\b(?:otherwise|or else|or) (?:not\b|(?:I|we)\b[^,;.]{0,20}?(?:n['’]t|\bnot|\bnever)\b)"
    r"|\bunless\b|\bonly (?:if|when|once)\b|\bprovided that\b|\bon condition\b",
    zh=r"(?:否则|不然|要不)[^。；]{0,8}[不没]|除非",
)
_IF = patterns(
    en=r"\b(?:if|once|as (?:soon|long) as|provided)\b",
    zh=r"如果|要是|若是|只要|一旦"
    r"|(?:(?<![主重需])要(?![紧命求害])|肯|愿意|可以|同意)[^，。；]{0,8}(?<![讲说问听答许应记带传来过])的话(?=，)",
)
# Such words that tell only on which occasion it is done: where somebody asks about it.
_WHERE_ASKED = patterns(
    en=r"\b(?:if|once|as soon as) (?:(?:any|some)(?:body|one)|people|they|neighbou?rs|residents|you|he|she"
    r"|(?:a|any|the) \w+) (?:asks?|asked|wants? to know)(?: (?:me|us|again|about [\w ]+))*(?=[,;.]|$| I\b)",
    zh=r"(?:如果|要是|若是|只要|一旦)?[^，。；]{0,6}(?:人家|有人|谁|大家|哪家|谁家|邻居|居民|老乡|您|你)(?:们)?[^，。；]{0,2}"
    r"(?:来问|问起|问到|打听)[^，。；]{0,6}(?=[，。；]|$)",
)
_OVER = ("fallen", "withdrawn", "kept", "broken", "part", "moot")  # what such a promise hangs on no longer matters
_CLAUSES = re.compile(r"\s*[;；]\s*")


def entry_kind(reading: Reading, item: Item) -> str:
    """Return what an entry of the ledger is, in words."""
    line = reading.line_by_id.get(item.line) if item.kind == "proposal" else None
    if line is None or item.line not in reading.counters:
        return reading.label("kind_bare" if line is not None and is_bare(line) else f"kind.{item.kind}")
    supports = supports_in(line, reading.counters, reading.way(item.line))
    return reading.label(f"kind_offers.{supports}" if supports else "kind_counter")


def entry_state(reading: Reading, item: Item) -> tuple[str, str]:
    """Return how an entry of the ledger came out: its state, which sets the colour of a tag, and the same in words.

    - A promise whose terms are in a decision is not kept by that: only a review a year later tells what was kept.
    - A motion that was put to a decision was carried or rejected.
    - Of any other proposal it is said whether its terms are in a decision, with or without its conditions; else whether
      its mover gave it up, also if others kept it up; else why it was not put, if the record tells.
    """
    state: str = item.state
    contained = bool(item.history) and _contained(reading, *item.history[-1])
    if item.kind == "promise" and (contained or state == "open"):
        contained = contained and not in_own_words(reading, item)
        due = "lapsed" if beside_lost(reading, item) or asked_lost(reading, item) else "due"
        state = _with_conditions(reading, item, item.history[-1][0], "contained_if") if contained else due
    elif item.kind == "proposal":
        items = reading.session.items
        put = {decision["motion"]: decision["carried"] for decision in reading.decisions}
        if item.line in put:
            state = "carried" if put[item.line] else "rejected"
        elif contained:
            state = _with_conditions(reading, item, item.history[-1][0], "contained")
        elif item.line in Stances(reading.game, items).fallen or _given_up(reading, item):
            state = "replaced" if state == "open" else state
        elif reading.session.finished or any(later.kind == "decision" for later in items[items.index(item) :]):
            state = "unput"
    later = left_for(reading.session.items, item) if item.kind == "proposal" and state != "replaced" else ""
    told = [reading.label("state.left", line=later)] if later else []
    told += [why] if state == "unput" and (why := _why_unput(reading, item)) else []
    beside = reading.label.paren(reading.label("semi").join(told)) if told else ""
    return state, _state_text(reading, item, state) + beside


def came_to(reading: Reading, item: Item) -> str:
    """Return in words what became of what fell due; where whoever may grant it did not, that and not its occasion."""
    return _state_text(reading, item, item.state)


def _given_up(reading: Reading, motion: Item) -> bool:
    """Return whether a motion's mover backed other options and withdrew what it had promised beside the motion."""
    back = (line for line in reading.lines if line.get("withdraws") == motion.line and has(line["act"], "supports"))
    other = (reading.proposals.get(line["about"]) for line in back)
    return any(each is not None and differ(motion.terms, each.terms) for each in other)


def _state_text(reading: Reading, item: Item, state: str) -> str:
    if item.kind == "task" and state == "lifted" and task_refused(reading, item):
        state = "refused"
    account = item.account
    if state == "moot" and account is not None and (account.lost or account.ungranted):
        state = "ungranted"
    return reading.label.of("state", "untaken" if item.kind == "task" and state == "open" else state)


def task_refused(reading: Reading, item: Item) -> bool:
    """Return whether a task has its state because the seat that was handed it refused."""
    by = reading.line_by_id.get(item.history[-1][0])
    return by is not None and has(by["act"], "refuses")


def why_left(reading: Reading, item: Item, taken: Sequence[DecisionTaken]) -> str:
    """Return why a motion was left over in a stage; ``taken`` are the stage's decisions, in order."""
    aggregation, label = reading.game.governance.rules.aggregation, reading.label
    if aggregation.procedure in CHAIR_BINDS:
        heard = [heard_on(each, reading.lines) for each in taken]
        return label("unput.heard" if item.line in heard else "unput.chair", name=reading.name(reading.game.chair))
    if not Stances(reading.game, reading.session.items).upheld(item):
        return label("unput.nobody")
    if taken and taken[-1]["carried"]:
        return label("unput.carried")
    if len(taken) >= aggregation.ballots:
        return label(f"unput.most.{_came_before(reading, item, taken[-1])}", count=aggregation.ballots)
    return label("unput.ended")


def _came_before(reading: Reading, item: Item, last: DecisionTaken) -> str:
    """Return why the motion that was put last came before one left over, as a key of ``unput.most``."""
    order, items = reading.game.governance.rules.aggregation.order, reading.session.items
    if order not in ("open", "best_supported"):
        return order
    stances, voters = Stances(reading.game, items), {*last["votes"], *last["abstained"]}
    put = motion_of(items, last["motion"])
    ahead, behind = (backing(stances[each.line], voters) if each else 0 for each in (put, item))
    if ahead > behind:
        return "backed"
    by_age = put is not None and ahead == behind and put.line < item.line and reading.game.style != "free"
    return "tied" if by_age else "others"


def _why_unput(reading: Reading, item: Item) -> str:
    label, put = reading.label, {decision["motion"] for decision in reading.decisions}
    if not item.terms:
        return label("unput.no_terms")
    grown = {item.line}
    for other in reading.session.items:
        if other.amends in grown:
            grown.add(other.line)
            if other.line in put:
                return label("unput.amended", line=other.line)
    taken = [decision for decision in reading.decisions if decision["stage"] == item.stage]
    for other in reading.session.items:
        if other.line in put and (other.terms, other.condition) == (item.terms, item.condition):
            return label("unput.same", line=other.line)
    if item.stage not in reading.game.able("decides"):
        return label("unput.stage", stage=reading.game.stage_names[item.stage]) if reading.session.finished else ""
    over = reading.session.finished or any(decision["carried"] for decision in taken)
    return why_left(reading, item, taken) if over else ""


def promised_if(reading: Reading, item: Item) -> str:
    """Return what a promise hangs on beside its own words; empty for other entries, and if it hangs on nothing.

    - If it takes on a condition and nothing came of that condition, only this is told.
    - The clause of its line that makes it conditional.
    - Conditions that its line asked for and that are in no carried decision.
    - The motion beside which it was made, if that was lost.
    - That its owner voted against what was carried.
    """
    line, lang = reading.line_by_id.get(item.line), reading.spoken.spec.lang
    if item.kind == "promise" and (asked := asked_lost(reading, item)):
        return reading.label("promised_if.asked", name=reading.name(asked.owner), line=asked.line)
    if item.kind != "promise" or item.terms or line is None:
        return ""
    own = [part for by, part in brought(reading.session.items, line["condition"]) if by == item.line]
    decided = [part for taken in reading.session.carried for part in hangs_on(taken["condition"])]
    lost = [part for part in own if decided and not stands_in(part, decided, lang)]
    told = []
    if (says := _hangs_by_words(line["says"], item.says, lang)) and quotable(reading.spoken, line["says"]):
        told.append(reading.label("promised_if", says=says))
    if lost:
        told.append(reading.label("promised_if.lost", condition=reading.label("semi").join(lost)))
    if item.state in _OVER:
        return reading.label("semi").join(told)
    if motion := beside_lost(reading, item):
        told.append(reading.label("promised_if.motion", name=reading.name(motion.owner), line=motion.line))
    taken = next((each for each in reading.session.carried if each["stage"] == line["stage"]), None)
    if taken is not None and counted(reading.game, taken).votes.get(line["seat"]) is False:
        told.append(reading.label("promised_if.against"))
    return reading.label("semi").join(told)


def in_own_words(reading: Reading, item: Item) -> bool:
    """Return whether a promise has words of its own; options that it names are then beside these words."""
    line = reading.line_by_id.get(item.line)
    return item.kind == "promise" and line is not None and bool(line["promises"])


def beside_lost(reading: Reading, item: Item) -> Item | None:
    """Return the motion beside which a promise was made, if its stage carried something else instead; else None."""
    return lost_with(reading.spoken, reading.session.items, reading.decisions, item)


def asked_lost(reading: Reading, item: Item) -> Item | None:
    """Return the motion whose condition a promise takes on, if its stage carried nothing; otherwise None.

    If anything was carried, the seat that asked may have agreed to it for the sake of the promise.
    """
    asked = [motion for by in item.takes_on if (motion := reading.proposals.get(by))]
    taken = [each for each in reading.decisions if each["stage"] == item.stage]
    if not asked or item.state not in ("open", "confirmed") or any(each["carried"] for each in taken):
        return None
    fell = asked[-1].line in {each["motion"] for each in taken}
    return asked[-1] if fell or (taken and reading.session.finished) else None


def voted_down(reading: Reading, item: Item) -> bool:
    """Return whether a promise has options that were put in a decision, and no decision with them was carried."""
    put = [taken for taken in reading.decisions if item.terms and item.terms.items() <= taken["terms"].items()]
    return item.kind == "promise" and bool(put) and not any(taken["carried"] for taken in put)


def said_again(reading: Reading, item: Item) -> bool:
    """Return whether the owner made the same promise again, with the same outcome.

    A promise is the same if it has the same words, or takes on the same conditions. All seats of the place that heard
    the first must have heard the second.
    """
    return any(
        (again.owner, again.terms, again.state) == (item.owner, item.terms, item.state)
        and (again.says == item.says or (item.takes_on and {*item.takes_on} <= {*again.takes_on}))
        and again.line > item.line
        and reading.game.of_home(again.visible_to) >= reading.game.of_home(item.visible_to)
        for again in reading.session.entries("promise")
    )


def _hangs_by_words(says: str, promised: str, lang: Lang) -> str:
    """Return the clause of a line that makes its promise conditional; empty if none, or if the promise states it."""
    known = _ELSE[lang].search(promised) or _IF[lang].search(promised)
    gives = [] if known else [part for part in sentences(says) if takes_up(part, promised, lang)]
    clauses = [clause for part in gives for clause in _CLAUSES.split(part)]
    hangs = [clause for clause in clauses if _ELSE[lang].search(clause)]
    weak = ((clause, _WHERE_ASKED[lang].sub(" ", clause)) for clause in clauses)
    hangs += [clause for clause, rest in weak if _IF[lang].search(rest) and takes_up(clause, promised, lang)]
    return hangs[0].rstrip(".。") if hangs else ""


def supporters_told(reading: Reading, item: Item) -> list[str]:
    """Return the supporters of an entry, also those who supported it by a motion of their own that grew out of it."""
    along = {seat: reading.name(seat) for seat in reading.seats if seat in item.supporters}
    for other in reading.proposals.values() if item.kind == "proposal" else ():
        line = reading.line_by_id.get(other.line)
        if line and line["about"] == item.line and has(line["act"], "supports") and other.owner != item.owner:
            name = reading.name(other.owner)
            along.setdefault(other.owner, reading.label("ledger.backed", name=name, line=other.line))
    return [*along.values()]


def objectors_told(reading: Reading, item: Item) -> list[str]:
    """Return the opponents of an entry: seats that object, refuse one of its conditions, or back a rival in answer."""
    label, told = reading.label, [reading.name(seat) for seat in reading.seats if seat in item.objectors]
    if item.kind != "proposal" or item.line not in reading.line_by_id:
        return told
    others: dict[str, str] = {}
    for line in reading.lines[reading.lines.index(reading.line_by_id[item.line]) + 1 :]:
        name, other = reading.name(line["seat"]), reading.proposals.get(line["about"])
        if line["stage"] != item.stage or line["vote"] or line["seat"] in {*item.objectors, *others}:
            continue
        if line["about"] == item.line and {*hangs_on(line.get("refuses", ""))} & {*hangs_on(item.condition)}:
            others[line["seat"]] = label("ledger.refuses", name=name, line=line["id"])
        elif other and line["to"] == item.owner != other.owner and has(line["act"], "supports") and _rival(other, item):
            others[line["seat"]] = label("ledger.rival", name=name, motion=other.line, line=line["id"])
    return [*told, *others.values()]


def _rival(other: Item, item: Item) -> bool:
    """Return whether a motion was there before an entry, has other options, and is not the one it grew out of."""
    return other.line < item.line and item.base != other.line and differ(item.terms, other.terms)


def entry_course(reading: Reading, item: Item) -> str:
    """Return the course of an entry in words: each state with the line, decision or event that led to it."""
    label, states = reading.label, entry_states(reading, item)
    made = ((state, reading.called(by) + reported_otherwise(reading, item, by)) for by, state in states)
    return " → ".join(_state_text(reading, item, state) + label.paren(by) for state, by in made)


def reported_otherwise(reading: Reading, item: Item, by: str) -> str:
    """Return, after a colon, how a line reported an entry, if what others said gave it another outcome; else empty."""
    account = item.account
    if account is None or not account.closed or account.report != by or account.claim in ("", item.state):
        return ""
    return reading.label("colon") + reading.label(f"review.claim.{account.claim}")


def entry_states(reading: Reading, item: Item) -> list[tuple[str, str]]:
    """Return the states of an entry, each after what led to it; for a motion also the votes in which it was put."""
    taken = [decision for decision in reading.decisions if item.kind == "proposal" and decision["motion"] == item.line]
    put = {decision["id"]: "carried" if decision["carried"] else "rejected" for decision in taken}
    whole = "contained" if item.kind == "proposal" else "contained_if"
    states = [
        (by, put.get(by) or (_with_conditions(reading, item, by, whole) if _contained(reading, by, state) else state))
        for by, state in item.history
    ]
    fell = [(by, how) for by, how in put.items() if by not in dict(item.history)]
    return [*states[:1], *fell, *states[1:]]


def _contained(reading: Reading, by: str, state: str) -> bool:
    return state in ("kept", "confirmed") and by in {decision["id"] for decision in reading.decisions}


def _with_conditions(reading: Reading, item: Item, by: str, whole: str) -> str:
    """Return the state of an entry whose terms a decision contains, by how many of its conditions are in it too.

    Args:
        reading: the session.
        item: the entry.
        by: the decision, by id.
        whole: the state if the decision has all its conditions.
    """
    conditions = hangs_on(item.condition)
    if not conditions:
        return "contained"
    decision = next(taken for taken in reading.decisions if taken["id"] == by)
    lang, decided = reading.spoken.spec.lang, hangs_on(decision["condition"])
    kept = [part for part in conditions if stands_in(part, decided, lang)]
    return whole if len(kept) == len(conditions) else "contained_part" if kept else "contained_without"
