"""What a person in a seat is offered for a turn: matters, sections, tasks and promises, with notes on motions."""

from __future__ import annotations

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.scenario_card import Task
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.language.gist import gist
from sandbox.game.ledger.entries import Item, differ, proposals_of
from sandbox.game.ledger.matters import matter, whole_matter
from sandbox.game.minutes.minutes import SHORT
from sandbox.game.motions.amending import own_conditions
from sandbox.game.motions.backing import left_for, stands
from sandbox.game.motions.beyond import beyond_told, unagreed
from sandbox.game.motions.conditions import MOST_CONDITIONS
from sandbox.game.motions.contradicting import clashes_told
from sandbox.game.motions.doers import doers_said
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.game.motions.unwilling import asks_of, refusals, unheard_doers
from sandbox.game.plans import may_rewrite
from sandbox.game.review.bodies import bodies_told
from sandbox.game.review.due import answering, goes_on
from sandbox.game.table import tasks_for
from sandbox.game.view import SeatView
from sandbox.record.line import ALL


def open_sections(game: Game, view: SeatView, act: Act) -> tuple[str, ...]:
    """Return the sections of its own plan that a seat may rewrite with an act."""
    writes = has(act, "rewrites") or has(act, "reports")
    return tuple(game.plan) if writes and may_rewrite(game, view.seat, view.stage.id, act) else ()


def open_tasks(game: Game, view: SeatView, act: Act) -> tuple[Task, ...]:
    """Return the reporting tasks that a seat may hand down, lift or refuse with an act."""
    return tasks_for(game, view.ledger, view.seat, act)


def condition_doubts(game: Game, view: SeatView, motion: Item) -> list[str]:
    """Return one sentence for each reason why a motion, its terms or its conditions may not hold.

    - The mover has left the motion for another.
    - The body cannot bind a term, or, in a stage that decides, the term needs another body as well.
    - Conditions may contradict one another.
    - A condition came with other options, and its owner does not support this motion.
    - The seat that is to fulfil a condition refused it.
    - While the motion is voted on: a term or condition falls to a seat that has no vote and has not agreed or spoken
      since, or to nobody here.
    """
    words, items = game.words, view.ledger
    later = left_for(items, motion) if motion.terms else ""
    told = [words("mover_left", line=later)] if later else []
    told += beyond_told(game, items, motion.terms)
    told += bodies_told(game, motion.terms) if "decides" in view.stage.abilities else []
    told += clashes_told(game, items, motion)
    made, stances = proposals_of(items), stands(game, items, motion) if motion.condition else {}
    came = dict.fromkeys(by for by, _ in brought(items, motion.condition) if by in made)
    other = [by for by in came if differ(made[by].terms, motion.terms) and not stances.get(made[by].owner)]
    who = [game.name(made[by].owner) + words.paren(by) for by in other]
    told += [words("condition_of_other", who=who)] if other else []
    told += [
        words("condition_refused", line=by, name=game.name(line["seat"]), by=line["id"])
        for by, _, line in refusals(items, motion.condition, view.talk)
    ]
    if not view.motion:
        return told
    voters = game.voters(view.stage.id)
    told += [
        words(
            "option_unheard" if seats else "option_unheard.nobody",
            names=[game.name(seat) for seat in seats],
            options=words("semi").join(option for _, option in game.in_words(terms)),
        )
        for seats, terms in unagreed(game, items, motion, voters).items()
    ]
    unheard = unheard_doers(game, items, motion, view.talk, voters)
    return told + [words("condition_unheard", line=by, name=game.name(seat)) for by, seat in unheard]


def conditions_answered(game: Game, view: SeatView, motion: Item) -> list[tuple[str, str]]:
    """Return what the seats asked by a motion's conditions have said to them, one sentence each.

    If a seat promised something else than asked, its words stand in the sentence and as second item. Refusals and seats
    that can no longer answer are left to `condition_doubts`.
    """
    said, words = doers_said(game, view.ledger, motion, view.talk), game.words
    unheard = unheard_doers(game, view.ledger, motion, view.talk, game.voters(view.stage.id)) if view.motion else []
    told: list[tuple[str, str]] = []
    for by, _, seat, what, line, says, of in said:
        if what != "refused" and (by, seat) not in unheard:
            where = words("condition_said.of", line=line, motion=of) if of else line
            key = "own" if line == by else what
            told.append((words(f"condition_said.{key}", line=by, name=game.name(seat), by=where, says=says), says))
    return told


def promised_otherwise(game: Game, view: SeatView, motion: Item) -> list[str]:
    """Return those sentences of `conditions_answered` that tell of something else being promised than was asked."""
    return [text for text, says in conditions_answered(game, view, motion) if says]


def motion_texts(game: Game, view: SeatView, motion: Item) -> list[str]:
    """Return what a voting person is told of a motion beside its words: its terms, doubts, supporters and objectors."""
    words = game.words
    colon, semi = words("colon"), words("semi")
    terms = [" ".join(pair) for pair in game.in_words(motion.terms)]
    sides = (("motion.supporters", motion.supporters), ("motion.objectors", motion.objectors))
    stands = [
        f"{words(key)}{colon}{words.join([game.name(seat) for seat in sorted(seats)])}" for key, seats in sides if seats
    ]
    held = [f"{words('ledger.condition')}{colon}{motion.condition}"] if motion.condition else []
    held += [*condition_doubts(game, view, motion), *promised_otherwise(game, view, motion)]
    return [f"{words('motion.terms')}{colon}{semi.join(terms) or words('motion.no_terms')}", *held, *stands]


def rejection_text(game: Game, view: SeatView) -> str:
    """Return what follows if the motion on which a person votes is rejected; empty if the chair decides."""
    words = game.words
    if view.if_rejected != "next":
        return words.of("if_rejected", view.if_rejected) if view.if_rejected else ""
    semi = words("semi")
    motions = []
    for item in view.next_motions:
        terms = semi.join(option for _, option in game.in_words(item.terms))
        motions.append(f"{item.line} {game.name(item.owner)}{words.paren(terms)}")
    return words("if_rejected.next", motions=semi.join(motions))


def motion_asked(words: Words, view: SeatView) -> str:
    """Return the request to a person to put a motion, or to amend the rejected one."""
    return words("motion.amend", line=view.lost["motion"]) if view.lost else words("motion.asked")


def consulted_text(game: Game, view: SeatView) -> str:
    """Return what the consulted people said after a person asked for time, or an empty text."""
    return game.words("consulted", says=view.consulted) if view.consulted else ""


def overtaken_parts(game: Game, view: SeatView) -> list[tuple[str, str]]:
    """Return what has become of what a seat put since it last spoke, in words, each with the words of its condition.

    These words are empty if the condition stands with another motion on the table.
    """
    tabled = {part for item in view.proposals for part in hangs_on(item.condition)}
    return [
        (
            game.words(f"overtaken.{kind}", line=by, name=game.name(seat), own=own)
            + (game.words("overtaken.then", lines=game.words.join(then)) if then else ""),
            "" if condition in tabled else condition.rstrip(".。"),
        )
        for kind, by, seat, own, condition, then in view.overtaken
    ]


def overtaken_text(game: Game, view: SeatView) -> str:
    """Return the same as one text for a person, or an empty text; see `overtaken_parts`."""
    words = game.words
    parts = [text + (words("overtaken.quote", says=says) if says else "") for text, says in overtaken_parts(game, view)]
    return words("overtaken", parts=words("semi").join(parts)) if parts else ""


def promise_asked(game: Game, view: SeatView, act: Act) -> str:
    """Return the question for a promise, made by an act or beside an act that commits; empty if none may be made."""
    if not view.may_promise or not (has(act, "commits") or has(act, "counters")):
        return ""
    return game.words("turn.promised" if has(act, "promises") else "turn.promises")


def promise_holds(game: Game, view: SeatView, act: Act) -> str:
    """Return the terms on the table that the body cannot bind and a person's promise would secure, or an empty text."""
    if not has(act, "promises"):
        return ""
    options = [option for each in view.asked for _, option in game.in_words(dict([each]))]
    return game.words("beyond.yours", options=game.words("semi").join(options)) if options else ""


def asked_conditions(game: Game, view: SeatView) -> dict[str, str]:
    """Return what other seats' conditions on the table ask of a seat, by the line that brought each.

    It is empty when the seat votes or decides, as its decision says enough.
    """
    if view.motion is not None or view.stage.reviews or any(has(act, "binds") for act in view.acts):
        return {}
    owners, semi = {item.line: item.owner for item in view.ledger if item.condition}, game.words("semi")
    return {
        line: game.words("turn.takes_on", line=line, name=game.name(owners[line]), condition=semi.join(parts))
        for line, parts in asks_of(game, view.ledger, view.seat, view.stage.id).items()
    }


def gainers(game: Game, view: SeatView) -> dict[str, str]:
    """Return the seats for which a seat may make a promise: each other seat in the room, or all."""
    return {seat: game.name(seat) for seat in view.present if seat != view.seat} | {ALL: game.words("everyone")}


def askable(game: Game, view: SeatView) -> dict[str, str]:
    """Return the seats that a condition may ask to do or pay something: all in the room, including its own."""
    return {seat: game.name(seat) for seat in view.present}


def own_promises(view: SeatView) -> dict[str, str]:
    """Return the seat's own promises that it may take back now, by line."""
    own = {item.line: item.says for item in view.ledger if item.kind == "promise"}
    return {line: f"{line} {gist(own[line], SHORT, act='promise')}" for line in view.may_withdraw}


def condition_note(game: Game, view: SeatView, act: Act, about: str) -> str:
    """Return what becomes of a motion and its conditions if a person answers it with an act, or an empty text."""
    item = next((item for item in view.proposals if item.line == about), None)
    if item is None or not game.names_options(view.seat, act) or not (has(act, "counters") or has(act, "binds")):
        return ""
    texts = [game.words("counter.beside")] if has(act, "opposes") and item.terms else []
    if item.condition:
        left = max(0, MOST_CONDITIONS - len(hangs_on(item.condition)))
        texts += [game.words("counter.keeps", condition=item.condition, most=MOST_CONDITIONS, left=left)]
        lines = list(dict.fromkeys(line for line, _ in own_conditions(view.ledger, item, view.seat)))
        texts += [game.words("counter.gives_way", lines=lines)] if lines and not left else []
    texts += condition_doubts(game, view, item)
    return game.words("gap").join(texts)


def replaceable(game: Game, view: SeatView, act: Act, about: str) -> dict[str, str]:
    """Return the conditions of a motion that a condition of one's own may replace, by the line that brought each.

    In a last word only the seat's own unmet conditions may be replaced.
    """
    held = next((item.condition for item in view.proposals if item.line == about), "")
    stands = (has(act, "supports") or has(act, "counters")) and game.amends(view.seat)
    if not (stands or has(act, "binds")) or view.stage.reviews:
        return {}
    unmet = None if view.last_word is None else [by for by, _ in view.last_word.unmet]
    lines: dict[str, list[str]] = {}
    for line, part in brought(view.ledger, held):
        if line and (unmet is None or line in unmet):
            lines.setdefault(line, []).append(part)
    owners = {item.line: item.owner for item in view.ledger}
    colon, semi = game.words("colon"), game.words("semi")
    return {line: f"{line} {game.name(owners[line])}{colon}{semi.join(parts)}" for line, parts in lines.items()}


def open_matters(game: Game, view: SeatView, act: Act) -> dict[str, str]:
    """Return what an act of a person may be about, by line: proposals on the table, and questions to the person.

    An act that proposes may put a motion of an earlier stage again; an act that decides takes over a motion. In a
    review the matters are those for which the seat answers, or the reports of others.
    """
    if view.stage.reviews:
        return _reviewed(game, view, act)
    again = {item.line for item in view.proposals if has(act, "proposes") and item.stage != view.stage.id}
    decides = has(act, "binds")
    if not has(act, "replies") and not again and not decides:
        return {}
    colon = game.words("colon")
    own = has(act, "supports")  # a mover changes its own motion by it
    said = {
        item.line: (item.owner, item.says)
        for item in view.proposals
        if item.line in again or decides or (has(act, "replies") and (own or item.owner != view.seat))
    }
    said |= {line["id"]: (line["seat"], line["says"]) for line in view.questions if has(act, "replies")}
    return {line: f"{line} {game.name(seat)}{colon}{gist(says, SHORT)}" for line, (seat, says) in said.items()}


def further_matters(game: Game, view: SeatView, act: Act, about: str) -> dict[str, str]:
    """Return the other matters of a review on which a person's line may also report, by entry.

    These are all but the one that the line is about; a report that names none is about the first.
    """
    matters = open_matters(game, view, act) if view.stage.reviews else {}
    chief = about or (next(iter(matters), "") if has(act, "reports") else "")
    return {line: text for line, text in matters.items() if line != chief}


def waits_for(game: Game, words: Words, view: SeatView, act: Act) -> str:
    """Return in a word what an act needs to reply to and nobody has brought yet; empty if it can be used now."""
    if not has(act, "replies") or has(act, "opens") or open_matters(game, view, act):
        return ""
    if has(act, "answers"):
        spoken_to = any(line["to"] == view.seat for line in view.lines)
        return "" if spoken_to else words("turn.waits.question")
    if has(act, "yields"):  # one may give way to an argument
        heard = any(line["seat"] != view.seat for line in view.talk)
        return "" if heard else words("turn.waits.argument")
    return words("turn.waits.report" if view.stage.reviews else "turn.waits.proposal")


def _reviewed(game: Game, view: SeatView, act: Act) -> dict[str, str]:
    if has(act, "reports"):
        items, as_it_was = view.ledger, game.words.paren(game.words("review.goes_on"))
        return {
            item.line: f"{item.line} {whole_matter(game, items, item)}" + (as_it_was if goes_on(item) else "")
            for item in answering(items, view.seat)
        }
    if not has(act, "supports") and not has(act, "opposes"):
        return {}
    colon, mine = game.words("colon"), game.words.paren(game.words("review.for_you"))
    return {
        item.line: f"{item.line} {game.name(account.owner)}{colon}{matter(game, item)}"
        + (mine if view.seat in account.concerned else "")
        for item in view.ledger
        if (account := item.account) and account.report and account.owner != view.seat and not account.within
    }
