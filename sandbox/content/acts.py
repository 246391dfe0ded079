"""The traits of acts: the only table of acts in the code."""

from __future__ import annotations

from typing import Literal, get_args

from sandbox.content.cards import ACTS, Act

Trait = Literal[
    "opens",  # may open a matter of its own
    "tells",  # says how things are, and asks or offers nothing
    "asks",  # is a question
    "seeks",  # wants something of whom it addresses
    "replies",  # takes up a doubt
    "answers",  # gives an answer
    "grants",  # meets what was asked or doubted
    "proposes",  # puts a proposal on the table
    "promises",  # makes a promise
    "offers",  # names options of its own
    "counters",  # makes a counter-offer where it names other options than the proposal that it is about
    "commits",  # its terms bind whoever speaks
    "wants",  # tells what its speaker would have
    "supports",  # stands for what somebody put
    "opposes",  # stands against it
    "doubts",  # raises a doubt
    "yields",  # gives up a doubt
    "refuses",  # will not; a reporting task that its speaker was handed is in dispute from then on
    "escalates",  # goes over somebody's head
    "defers",  # asks for time, which ends before the vote
    "votes_for",  # as a vote, is one for the motion
    "votes_against",  # as a vote, is one against it
    "abstains",  # as a vote, is neither; open where the rules let it be
    "binds",  # decides for the body
    "hands_down",  # hands a reporting task down
    "lifts",  # lifts a reporting task
    "rewrites",  # may rewrite a section of the speaker's own plan
    "drafts",  # rewrites one at even odds where acts are drawn from the rules
    "reports",  # tells what became of something that falls due; open in a stage that reviews, to whoever answers for it
    "reports_kept",  # tells that it was kept
    "reports_broken",  # tells that it was not
    "reports_part",  # tells that some of it was and some not, or that it came late
    "reports_moot",  # tells that its occasion never came, or that something else took its place
    "stands_in",  # is open to a persona that speaks because a person's time was over: it moves and binds nothing
]
TRAITS: dict[Act, frozenset[Trait]] = {
    "inform": frozenset({"opens", "tells", "rewrites", "drafts", "stands_in"}),
    "ask": frozenset({"opens", "asks", "seeks", "stands_in"}),
    "answer": frozenset({"replies", "answers", "grants", "rewrites", "stands_in"}),
    "propose": frozenset({"opens", "proposes", "offers", "commits", "wants", "rewrites", "drafts"}),
    "support": frozenset({"replies", "supports", "counters", "commits", "wants", "votes_for", "rewrites"}),
    "object": frozenset({"opens", "seeks", "replies", "opposes", "counters", "doubts", "votes_against", "rewrites"}),
    "concede": frozenset({"replies", "grants", "supports", "commits", "yields", "lifts", "rewrites", "drafts"}),
    "promise": frozenset({"opens", "replies", "grants", "promises", "offers", "commits", "wants", "rewrites"}),
    "decide": frozenset({"offers", "commits", "binds", "lifts"}),
    "delegate": frozenset({"opens", "hands_down"}),
    "refuse": frozenset({"opens", "replies", "opposes", "refuses", "rewrites"}),
    "escalate": frozenset({"opens", "seeks", "escalates"}),
    "defer": frozenset({"defers"}),
    "abstain": frozenset({"abstains"}),
    "keep": frozenset({"reports", "reports_kept"}),
    "break": frozenset({"reports", "reports_broken"}),
    "part": frozenset({"reports", "reports_part"}),
    "moot": frozenset({"reports", "reports_moot"}),
}
_WITH: dict[Trait, tuple[Act, ...]] = {
    trait: tuple(act for act in ACTS if trait in TRAITS[act]) for trait in get_args(Trait)
}


def acts_with(trait: Trait) -> tuple[Act, ...]:
    """Return the acts that have a trait, in the order of `ACTS`."""
    return _WITH[trait]


def has(act: Act, trait: Trait) -> bool:
    """Return whether an act has a trait."""
    return trait in TRAITS[act]
