"""How an experiment was made: sessions and cost, methods, limits, deviations from the plan, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.experiment.design import EMBEDDED, RULES_ONLY
from sandbox.llm.usage import Usage
from sandbox.report.document.blocks import Block, Bullets, Facts, Heading, Paragraph, Section, plain
from sandbox.report.pages.experimenting.reader import Reader, table
from sandbox.report.pages.parts import percent

__all__ = ["account"]


def account(reader: Reader) -> tuple[Section, ...]:
    """Return the sections on how the experiment was made."""
    return (
        _sessions(reader),
        Section("methods", reader.say("methods"), (Paragraph(plain(reader.label("gap").join(_methods(reader)))),)),
        Section(
            "limits", reader.say("limits"),
            (
                Bullets(tuple(plain(reader.say(f"limits.{key}")) for key in _limits(reader))),
                Heading(reader.say("deviations"), "deviations"), Paragraph(plain(_deviations(reader))),
            ),
        ),
        Section("repeat", reader.say("repeat"), (_repeat(reader),)),
    )  # fmt: skip


def _limits(reader: Reader) -> Iterator[str]:
    """Yield the keys of the limits."""
    analysis = reader.analysis
    yield "scope"
    if analysis.sessions.null:
        yield "rules"
    if len(reader.design.factors.model) < 2 and not analysis.by_rules:
        yield "model"
    yield from ("simulated", "missing")
    if any(item.why == "judged" for item in analysis.effects.tested):
        yield "judged"


def _sessions(reader: Reader) -> Section:
    sessions, usage = reader.analysis.sessions, reader.analysis.usage
    rows = []
    for arm in reader.analysis.arms:
        spent = usage.get(arm, Usage())
        counts = sessions.done.get(arm, 0), sessions.failed.get(arm, 0), spent.calls, spent.prompt, spent.completion
        rows.append((reader.arm(arm), *(f"{count:,}" for count in counts)))
    if sessions.null or sessions.null_failed:
        rows.append((reader.say("account.null"), f"{sessions.null:,}", f"{sessions.null_failed:,}", "–", "–", "–"))
    keys = ("arm", "done", "failed", "calls", "prompt", "written")
    head = [reader.say(f"account.{key}") for key in keys]
    blocks: list[Block] = [table(reader.say("account.table"), head, rows, figures=True)]
    if sessions.reasons:
        reasons = (
            reader.say("account.reason", count=count, reason=reason or reader.say("account.no_reason"))
            for reason, count in sessions.reasons.items()
        )
        blocks += [Heading(reader.say("account.reasons")), Bullets(tuple(map(plain, reasons)))]
    return Section("account", reader.say("account"), tuple(blocks))


def _methods(reader: Reader) -> Iterator[str]:
    """Yield the sentences of the methods paragraph, by what was done."""
    analysis, design, sessions = reader.analysis, reader.design, reader.analysis.sessions
    yield reader.say(
        "methods.design", arms=len(analysis.arms), factor=reader.say(f"factor.{design.arms}"), base=reader.base,
        cases=len(analysis.scenarios), replicates=design.replicates,
    )  # fmt: skip
    named = (name for name in design.varied if name not in (design.arms, "scenario"))
    beside = [name for name in named if len(design.factors.levels(name)) > 1]
    if beside:
        factors = (
            reader.say(
                "level", factor=reader.say(f"factor.{name}"),
                level=reader.label.join(reader.level(name, level) for level in design.factors.levels(name)),
            )
            for name in beside
        )  # fmt: skip
        yield reader.say("methods.beside", factors=reader.parts(factors))
    if design.fraction < 1:
        yield reader.say("methods.fraction", fraction=percent(design.fraction))
    done = sum(sessions.done.values())
    if analysis.by_rules:
        yield reader.say("methods.play_rules", done=done)
    else:
        models = reader.label.join(design.factors.model or (analysis.model or reader.label("unnamed"),))
        styles = reader.label.join(reader.level("style", style) for style in _styles(reader))
        yield reader.say("methods.play", done=done, style=styles, model=models, null=sessions.null)
    effects = [item.effect for item in analysis.effects.tested if item.effect] + list(analysis.effects.others)
    if effects:
        yield reader.say(f"methods.{effects[0].cluster}", draws=f"{analysis.draws:,}")
    tested = analysis.effects.tested
    if tested:
        confirmatory = sum(item.confirmatory for item in tested)
        others = len(analysis.effects.others)
        yield reader.say(
            "methods.family", confirmatory=confirmatory, exploratory=len(tested) - confirmatory, others=others
        )
        yield reader.say("methods.same")
    yield reader.say("methods.standard")
    if any(not components.why for components in analysis.components.values()):
        yield reader.say("methods.mixed")
    if any("judge" in components.variances for components in analysis.components.values()):
        yield reader.say("methods.judge")
    if analysis.agreement:
        yield reader.say("methods.agreement")
    if any(item.effect and item.effect.across for item in tested):
        yield reader.say("methods.across")
    if sessions.null:
        yield reader.say("methods.null")


def _styles(reader: Reader) -> tuple[str, ...]:
    """Return how turns were taken; where models are varied and styles are not, each model has its own."""
    factors = reader.design.factors
    if factors.style or not factors.model:
        return factors.style or (reader.analysis.style,)
    speakers = [model for model in factors.model if model != RULES_ONLY]
    return tuple(dict.fromkeys("directed" if model == EMBEDDED else "free" for model in speakers))


def _deviations(reader: Reader) -> str:
    lock = reader.analysis.lock
    if lock is None:
        return reader.say("deviations.unlocked")
    said = []
    if early := reader.analysis.sessions.early:
        said.append(reader.say("deviations.early", early=early, done=sum(reader.analysis.sessions.done.values())))
    added = []
    if lock.added_replicates:
        added.append(reader.say("deviations.replicates", count=lock.added_replicates))
    for factor, levels in lock.added_levels.items():
        names = reader.label.join(reader.level(factor, level) for level in levels)
        added.append(reader.say("deviations.levels", factor=reader.say(f"factor.{factor}"), levels=names))
    if lock.added_hypotheses:
        named = [item for item in reader.analysis.effects.tested if item.hypothesis.id in lock.added_hypotheses]
        added.append(reader.say("deviations.hypotheses", names=reader.label.join(map(reader.row, named))))
    if added:
        said.append(reader.say("deviations.held", list=reader.parts(added)))
    if reader.analysis.grown:
        said.append(reader.say("deviations.grown", planned=reader.analysis.sessions.planned))
    return reader.label("gap").join(said) or reader.say("deviations.none")


def _repeat(reader: Reader) -> Facts:
    analysis, design = reader.analysis, reader.design
    rows = [("design", analysis.digest)]
    if analysis.lock is not None:
        rows.append(("lock", f"{analysis.lock.digest} · {analysis.lock.time}"))
    rows += [
        ("sessions", analysis.sessions_digest),
        ("seed", str(design.seed)),
        ("analysis", str(analysis.seed)),
        ("versions", " · ".join(f"{name} {version}" for name, version in analysis.versions.items())),
        ("command", f"sandbox experiment run {design.id} · sandbox experiment report {design.id}"),
    ]
    return Facts(tuple((reader.say(f"repeat.{key}"), plain(value)) for key, value in rows))
