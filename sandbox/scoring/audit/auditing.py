"""The audit of one or more sessions: all measures of whether the simulation is sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sandbox.game.session import Session
from sandbox.scoring.audit.acts import agreement_drift, contested, dissent, fewest_objections, unfounded_concessions
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.finding import MEASURES, Audit, Finding, unmeasured
from sandbox.scoring.audit.grounding import facts_right, invented_figures
from sandbox.scoring.audit.secrets import secrets_leaked
from sandbox.scoring.audit.voices import distinctness
from sandbox.scoring.audit.wordings import duplicates, judged_lines, repetition

_OF_ACTS: dict[str, Callable[[Sequence[Audited]], Finding]] = {
    "dissent": dissent, "objections": fewest_objections, "contested": contested,
    "unfounded_concessions": unfounded_concessions, "agreement_drift": agreement_drift,
    "card_lines": partial(judged_lines, "card_lines"),
}  # fmt: skip
_OF_WORDS: dict[str, Callable[[Sequence[Audited]], Finding]] = {
    "distinctness": distinctness, "repetition": repetition, "duplicates": duplicates, "facts_right": facts_right,
    "invented_figures": invented_figures, "secrets_leaked": secrets_leaked,
    **{name: partial(judged_lines, name) for name in ("thanks", "assistant_talk", "own_language", "fact_lines")},
}  # fmt: skip


def audit(sessions: Sequence[Session]) -> Audit:
    """Return the audit of some sessions together, without measures that ask a model.

    Only personas are measured: their acts, whoever worded them, and the words that a model wrote. Lines of people and
    of rules-only play never count, nor do the cards' own words. Consistency comes from
    `sandbox.session.interview.interview`; add it with `Audit.having`.
    """
    audited = [Audited(session) for session in sessions]
    lines, worded = sum(len(session.lines) for session in audited), sum(len(session.worded) for session in audited)
    findings = {"consistency": unmeasured("consistency", "not_asked" if worded else "no_model_lines")}
    for measures, counted in ((_OF_ACTS, lines), (_OF_WORDS, worded)):
        for name, measure in measures.items():
            findings[name] = measure(audited) if counted else unmeasured(name, "no_model_lines")
    return Audit(
        sessions=tuple(session.id for session in audited),
        lines=lines,
        worded=worded,
        scripted=any(session.session.spec.style == "directed" for session in audited if session.lines),
        findings=tuple(findings[name] for name in MEASURES),
    )
