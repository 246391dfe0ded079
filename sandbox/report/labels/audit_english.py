"""Words of the audit in English; the same keys in each language."""

from __future__ import annotations

__all__ = ["AUDIT_ENGLISH"]

AUDIT_ENGLISH: dict[str, str] = {
    "audit": "Audit of the simulation",
    "audit.title": "Audit of the simulation: {sessions} sessions, {lines} lines of personas, {worded} of them in a "
    "model's words",
    "audit.note": "Only personas are measured: acts over all their lines, words over the lines that a model worded. "
    "Lines of people are never held against the simulation.",
    "audit.scripted": "Acts and points came from the program (directed turns): dissent, contested proposals, "
    "concessions and drift describe the script more than the model, and part of each voice is the card writer's.",
    "audit.measure": "Measure",
    "audit.value": "Value",
    "audit.wanted": "Wanted",
    "audit.n": "Counted",
    "audit.status": "Status",
    "audit.status.green": "green",
    "audit.status.red": "red",
    "audit.status.not_measured": "not measured",
    "audit.at_least": "at least {bound}",
    "audit.at_most": "at most {bound}",
    "audit.red": "The audit is red on {name}: {value}, wanted {wanted}.",
    "audit.where": "Lines: ",
    "audit.more": "and {count} more",
    "audit.reason.no_model_lines": "no model spoke for a persona",
    "audit.reason.nothing": "nothing to count",
    "audit.reason.few": "too few cases to judge: {n}",
    "audit.reason.not_asked": "no model was asked: give --model",
    "audit.reason.failed": "no call brought a usable answer",
    "audit.reason.few_sessions": "needs at least 3 sessions of the same case and language",
    "audit.reason.few_seats": "fewer than 4 personas spoke, so three times chance cannot be reached",
    "audit.reason.no_lab": "needs scikit-learn: pip install 'governance-sandbox[lab]'",
    "audit.reason.same_lines": "the sessions make the same points; nothing is left to learn voices from",
    "audit.beside.chance": "chance {value}",
    "audit.beside.majority": "most frequent speaker {value}",
    "audit.beside.failed": "failed calls {value}",
    "audit.beside.worst": "worst seat {value}",
    "audit.beside.distinct_2": "different word pairs {value}",
    "audit.beside.copied": "lines that copy the line before {value}",
    "audit.beside.early": "first half {value}",
    "audit.beside.late": "second half {value}",
    "audit.beside.offered": "figures of their own in proposals, promises and questions {value}",
    "audit.beside.disclosed": "own secrets spoken aloud {value}",
    "audit.consistency": "Persona consistency",
    "audit.consistency.d": "Share of closed questions, asked of each persona in private after the session, that are "
    "answered as its own card has it; four options, the passage asked for is left out of the prompt.",
    "audit.distinctness": "Distinct voices",
    "audit.distinctness.d": "Share of lines, names and roles masked, whose speaker a classifier trained on the other "
    "sessions tells right; votes and points that both have are left out.",
    "audit.repetition": "Speakers repeating themselves",
    "audit.repetition.d": "Share of sequences of four words (characters in Chinese) that the speaker had used before; "
    "mean over seats.",
    "audit.duplicates": "Near duplicates",
    "audit.duplicates.d": "Pairs of lines within a session that are almost the same.",
    "audit.dissent": "Dissent",
    "audit.dissent.d": "Share of objections and refusals among objections, refusals and support, votes aside.",
    "audit.contested": "Contested proposals",
    "audit.contested.d": "Share of the proposals to which somebody objected, or against which somebody voted.",
    "audit.unfounded_concessions": "Concessions without new information",
    "audit.unfounded_concessions.d": "Share of concessions before which, since that seat's last objection, it heard no "
    "fact, no answer to a question of its own, and no terms.",
    "audit.agreement_drift": "Drift to agreement",
    "audit.agreement_drift.d": "By how much the share of support and concessions among stances is greater in the "
    "second half of a session than in the first, votes aside; counted are the stances of the smaller half.",
    "audit.thanks": "Thanks and praise",
    "audit.thanks.d": "Share of lines that thank or praise another speaker in set words.",
    "audit.own_language": "Lines in the session's language",
    "audit.own_language.d": "Share of lines that are in the language of the session, by their script.",
    "audit.facts_right": "Figures of facts quoted rightly",
    "audit.facts_right.d": "Share of the figures quoted from a fact that stand there for the same thing; a figure is "
    "wrong where the fact counts the same thing with other numbers.",
    "audit.invented_figures": "Invented figures",
    "audit.invented_figures.d": "Figures told as if they were so that stand in no text of the case, were said by "
    "no person and no facilitator, and were not offered in a proposal before.",
    "audit.secrets_leaked": "Secrets leaked",
    "audit.secrets_leaked.d": "Lines that hold a run of words of another seat's private briefing or whisper, which the "
    "speaker could not know.",
}
