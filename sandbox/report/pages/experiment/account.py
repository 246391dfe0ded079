"""How an experiment was made: sessions and cost, methods, limits, deviations from the plan, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.content.experiment_card import AGENT
from sandbox.experiment.analysis.pairs import FINE_DRAWS
from sandbox.experiment.store.status import named_card, said_sampling
from sandbox.llm.usage import Usage
from sandbox.report.document.blocks import Block, Facts, Heading, Section
from sandbox.report.document.compose import Inline, bullets, code, joined, note, paragraph, table
from sandbox.report.figures import percent
from sandbox.report.pages.experiment.reader import ExperimentReader
from sandbox.report.pages.experiment.warnings import astray, measures_apart, rules_inferred
from sandbox.session.choice import NO_JUDGE

# Up to how many clusters which of the simulated experiments stands nearest.
_SIMULATED = (("none", 2), ("fewer", 5), ("six", 7), ("eight", 15), ("more", float("inf")))
_INTERVALS = (
    "Cameron, Gelbach and Miller 2008, doi:10.1162/rest.90.3.414", "Webb 2023, doi:10.1111/caje.12661",
    "Tango 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B",
    "Bonett and Price 2012, doi:10.3102/1076998611411915", "Wilson 1927, doi:10.1080/01621459.1927.10502953",
    "Franco, Little, Louis and Slud 2019, PMC6690503",
    "Gaffke 2005, Mathematical Methods of Statistics 14(4), 451–467",
    "Learned-Miller and Thomas 2019, arXiv:1905.06208",
)  # fmt: skip
_HYPOTHESES = (
    "Schuirmann 1987, doi:10.1007/BF01068419", "Hall 1988, doi:10.1214/aos/1176350933",
    "Holm 1979, Scandinavian Journal of Statistics 6(2), 65–70",
)  # fmt: skip
_BOUNDS = (
    "Manski 1990, American Economic Review 80(2), 319–323",
    "Horowitz and Manski 2000, doi:10.1080/01621459.2000.10473902",
)
_DISCOVERIES = "Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x"
_VARIANCE = "Searle, Casella and McCulloch 1992, doi:10.1002/9780470316856"
_CITED = 16  # digits of a digest in a citation
_AGREEMENT = "Krippendorff 2004, Content Analysis, 2nd ed., Sage"


def account(reader: ExperimentReader) -> tuple[Section, ...]:
    """Return the sections on how the experiment was made."""
    limits = (bullets(_limits(reader)), Heading(reader.say("deviations"), "deviations"), paragraph(_deviations(reader)))
    said: dict[str, list[str]] = {}
    for part, sentence in _sentences(reader):
        said.setdefault(part, []).append(sentence)
    methods = {part: reader.label("gap").join(sentences) for part, sentences in said.items()}
    return (
        Section("account", reader.say("account"), tuple(_sessions(reader))),
        Section("methods", reader.say("methods"), (reader.facts("method", methods),)),
        Section("limits", reader.say("limits"), limits),
        Section("references", reader.say("references"), (bullets(_references(reader)),)),
        Section("repeat", reader.say("repeat"), (repeat(reader),)),
    )


def _limits(reader: ExperimentReader) -> Iterator[str]:
    analysis = reader.analysis
    yield reader.say("limits.scope")
    if analysis.sessions.null or analysis.by_rules:
        yield reader.say("limits.rules_only" if analysis.by_rules else "limits.rules")
    if not analysis.by_rules:
        if reader.by_cards:
            yield reader.say(f"limits.cards_{reader.by_cards}")
        if reader.by_cards != "all":
            yield reader.say("limits.personas")
        if reader.by_cards != "all" and len(reader.speakers) < 2:
            yield reader.say("limits.model")
    if inferred := rules_inferred(reader):
        names = (name + reader.label("colon") + text for name, text in inferred.items())
        yield reader.say("limits.inferred", list=reader.parts(names))
    yield reader.say("limits.simulated")
    if effects := analysis.effects.every:
        drawn = analysis.effects.cluster
        usual = max((effect for effect in effects if effect.cluster == drawn), key=lambda effect: effect.pair.clusters)
        kind = next(kind for kind, most in _SIMULATED if usual.pair.clusters <= most)
        yield reader.say(f"limits.row_{kind}", clusters=reader.drawn_of(usual))
    yield reader.say("limits.standard")
    yield reader.say("limits.missing")
    if any(item.why == "judged" for item in analysis.effects.tested):
        yield reader.say("limits.judged")


def _sessions(reader: ExperimentReader) -> Iterator[Block]:
    sessions, usage = reader.analysis.sessions, reader.analysis.usage
    rows = []
    for arm in reader.analysis.arms:
        spent = usage.get(arm, Usage())
        counts = sessions.done.get(arm, 0), sessions.failed.get(arm, 0), spent.calls, spent.prompt, spent.completion
        rows.append((reader.arm(arm), *(f"{count:,}" for count in counts)))
    if sessions.null or sessions.null_failed:
        rows.append((reader.say("account.null"), f"{sessions.null:,}", f"{sessions.null_failed:,}", "–", "–", "–"))
    head = (reader.say(f"account.{key}") for key in ("arm", "done", "failed", "calls", "prompt", "written"))
    yield table(reader.say("account.table"), head, rows, figures=True)
    yield from map(note, astray(reader))
    if answers := reader.analysis.answers:
        columns = (reader.say(f"account.{key}") for key in ("arm", "unusable", "given_up", "by_rule"))
        counted = []
        for arm in (arm for arm in reader.analysis.arms if arm in answers):
            held = answers[arm]  # counts of what was not a model's own, with totals
            parts = (held.unusable, held.given), (held.given_up, held.lines), (held.by_rule, held.pulses)
            shares = (f"{part:,}/{all_of:,} ({percent(part / all_of)})" if all_of else "–" for part, all_of in parts)
            counted.append((reader.arm(arm), *shares))
        yield note(reader.say("account.answers_note"))
        yield table(reader.say("account.answers"), columns, counted, figures=True)
    if sessions.reasons:
        yield Heading(reader.say("account.reasons"))
        yield bullets(
            reader.say("account.reason", count=count, reason=reason or reader.say("account.no_reason"))
            for reason, count in sessions.reasons.items()
        )


def _sentences(reader: ExperimentReader) -> Iterator[tuple[str, str]]:
    analysis, design, sessions = reader.analysis, reader.design, reader.analysis.sessions
    yield "design", reader.say(
        "methods.design", arms=len(analysis.arms), factor=reader.say(f"factor.{design.arms}"), base=reader.base,
    )  # fmt: skip
    if not design.compares_countries:
        yield "design", reader.counted("methods.cases", len(analysis.scenarios))
    yield "design", reader.counted("methods.replicates", design.replicates)
    others = (name for name in design.varied if name not in (design.arms, design.case))
    beside = [name for name in others if len(design.factors.levels(name)) > 1]
    if beside:
        factors = []
        for name in beside:
            levels = reader.label.join(reader.level(name, level) for level in design.factors.levels(name))
            factors.append(reader.say("level", factor=reader.say(f"factor.{name}"), level=levels))
        yield "design", reader.say("methods.beside", factors=reader.parts(factors))
    inert = [name for name in beside if name in analysis.inert]
    if inert:
        names = reader.label.join(reader.say(f"factor.{name}") for name in inert)
        yield "design", reader.say("methods.inert", factors=names)
    if design.fraction < 1:
        yield "design", reader.say("methods.fraction", fraction=percent(design.fraction))
    done = sum(sessions.done.values())
    if analysis.by_rules:
        yield "sessions", reader.counted("methods.play_rules", done)
    else:
        styles = reader.label.join(reader.level("style", style) for style in reader.styles)
        yield "sessions", reader.counted("methods.play", done, style=styles, model=reader.models)
        if sessions.null:
            yield "sessions", reader.counted("methods.played_null", sessions.null)
    yield from _tests(reader)
    fitted = [components for components in analysis.components.values() if not components.why]
    if fitted:
        yield "variance", reader.say("methods.mixed")
    if any("judge" in components.variances for components in analysis.components.values()):
        yield "variance", reader.say("methods.judge")
    if analysis.agreement:
        yield "judges", reader.say("methods.agreement")
    if sessions.null:
        yield "rules", reader.say("methods.null")


def _tests(reader: ExperimentReader) -> Iterator[tuple[str, str]]:
    analysis = reader.analysis
    tested, others = analysis.effects.tested, analysis.effects.others
    if effects := analysis.effects.every:
        drawn = analysis.effects.cluster
        yield "test", reader.say("methods.effect")
        yield "test", reader.say(f"methods.test_{drawn}", draws=f"{analysis.draws:,}")
        if any(effect.cluster != drawn for effect in effects):
            yield "test", reader.say("methods.few_cases")
        yield "interval", reader.say(f"methods.interval_{drawn}", draws=f"{analysis.draws:,}")
        yield "interval", reader.say("methods.ties")
        yield "interval", reader.say("methods.standard")
    if tested:
        yield "same", reader.say("methods.same", draws=f"{FINE_DRAWS:,}")
        yield "same", reader.say("methods.same_ties")
        if analysis.effects.primary is not None:
            yield "family", reader.say("methods.primary")
        rest = [item.confirmatory for item in tested if not (item.primary or item.verdict == "ruled")]
        for family, count in (("confirmatory", sum(rest)), ("exploratory", len(rest) - sum(rest))):
            if count:
                yield "family", reader.counted(f"methods.{family}", count)
    if with_q := sum(effect.q is not None for effect in others):
        yield "family", reader.counted("methods.others", with_q)
    if any(item.effect and item.effect.across for item in tested):
        yield "family", reader.say("methods.across")


def _references(reader: ExperimentReader) -> Iterator[str]:
    analysis = reader.analysis
    if analysis.effects.tested or analysis.effects.others:
        yield from _INTERVALS
    if analysis.effects.tested:
        yield from _HYPOTHESES
    if any(tested.bounds for tested in analysis.effects.tested):
        yield from _BOUNDS
    if analysis.effects.others:
        yield _DISCOVERIES
    if any(not components.why for components in analysis.components.values()):
        yield _VARIANCE
    if analysis.agreement:
        yield _AGREEMENT


def _deviations(reader: ExperimentReader) -> str:
    lock = reader.analysis.lock
    if lock is None:
        return reader.say("deviations.unlocked")
    said = []
    if early := reader.analysis.sessions.early:
        said.append(reader.say("deviations.early", early=early, done=sum(reader.analysis.sessions.done.values())))
    if elsewhere := reader.analysis.sessions.elsewhere:
        said.append(reader.elsewhere("deviations.elsewhere", elsewhere))
    if reader.analysis.strange and lock.player is not None:
        locked, played = reader.player(lock.player), reader.player(reader.analysis.player)
        said.append(reader.say("care.strange", locked=locked, played=played))
    elif reader.analysis.open_to_all:
        said.append(reader.say("deviations.open", played=reader.player(reader.analysis.player)))
    if beside := reader.analysis.sessions.beside:
        said.append(reader.say("deviations.beside", list=reader.in_stores(beside)))
    said += not_as_locked(reader)
    if (asked := lock.question.get(reader.lang)) and asked != reader.design.question.get(reader.lang):
        said.append(reader.say("deviations.question", question=asked))
    if own := list(measures_apart(reader)):
        said.append(reader.say("deviations.measures", list=reader.parts(own)))
    added = []
    if lock.added_replicates:
        added.append(reader.counted("deviations.replicates", lock.added_replicates))
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


def not_as_locked(reader: ExperimentReader) -> Iterator[str]:
    """Yield which cards differ from the locked ones, and how many sessions were not played and scored with these."""
    sessions = reader.analysis.sessions
    if changed := reader.analysis.changed:
        yield reader.say("deviations.changed", list=[named_card(reader.label, card) for card in changed])
    if reader.analysis.lock is not None and sessions.astray:
        yield reader.counted("deviations.astray", sessions.astray, all=sum(sessions.done.values()) + sessions.null)


def play_command(reader: ExperimentReader) -> str:
    """Return the command, or with agents in Python the call, that plays the experiment by the same model."""
    analysis, design = reader.analysis, reader.design
    if design.factors.agents:
        handed = ", ".join(f"{name!r}: …" for name in design.factors.agents)
        return f"sandbox.study({design.id!r}, agents={{{handed}}}).run()"
    model = f" --model {analysis.model}" if analysis.model and not design.factors.model else ""
    return f"sandbox experiment run {reader.named}{model}"


def repeat(reader: ExperimentReader) -> Facts:
    """Return what an experiment was made from, the commands that make it again, and how to cite it."""
    analysis, design = reader.analysis, reader.design
    rows: dict[str, Inline] = {
        "design": analysis.digest,
        "lock": f"{analysis.lock.digest} · {analysis.lock.time}" if analysis.lock else "",
        "content": analysis.content_digest,
        "sessions": analysis.sessions_digest,
        "agents": " · ".join(f"{AGENT}{name}@{version}" for name, version in analysis.agents.items()),
        "measures": " · ".join(
            f"{name}@{held[-1][0] or reader.say('measures.unknown')}" for name, held in analysis.measures.items()
        ),
        "seed": str(design.seed),
        "analysis": str(analysis.seed),
        "sampling": said_sampling(reader.players, design.judge != NO_JUDGE, reader.label),
        "versions": " · ".join(f"{name} {version}" for name, version in analysis.versions.items()),
        "command": joined([(code(play_command(reader)),), (code(f"sandbox experiment report {reader.named}"),)]),
        "cite": _citation(reader),
    }
    return reader.facts("repeat", rows)


def _citation(reader: ExperimentReader) -> str:
    analysis, design = reader.analysis, reader.design
    lock, played, version = analysis.lock, " – ".join(analysis.played), analysis.versions["governance-sandbox"]
    return reader.say(
        "cite", program=f"governance-sandbox {version}", title=design.title.get(reader.lang),
        id=design.id, design=analysis.digest[:_CITED], seed=design.seed,
        lock=reader.say("facts.locked", day=lock.time[:10]) if lock else reader.say("facts.unlocked"),
        content=analysis.content_digest[:_CITED] or "–", sessions=analysis.sessions_digest[:_CITED],
        played=played or "–",
    )  # fmt: skip
