"""Cassettes: recorded exchanges with the embedded engine, as readable YAML, and how they are matched and played."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.diffusion.campaign.run import open_campaign, sessions_of
from sandbox.diffusion.campaign.state import CampaignState
from sandbox.game.spec import SessionSpec
from sandbox.llm.calls import Endpoint
from sandbox.llm.embedded import MODEL_NAME
from sandbox.record.folder import SessionFolder
from sandbox.session.context import DIRECTED
from sandbox.session.runner import Models
from tests.content.folders import LIBRARY

if TYPE_CHECKING:
    import vcr
    from vcr.request import Request

__all__ = [
    "CAMPAIGNS", "FOLDER", "GOVERNANCES", "HEADERS", "RULES_ONLY", "SHOWCASES", "SPECS", "campaign", "comparable",
    "meeting", "models_at", "no_model", "recorder",
]  # fmt: skip

FOLDER = Path(__file__).resolve().parents[1] / "cassettes"
_MEETINGS = Path(__file__).resolve().parent / "meetings"


@cache
def campaign(lang: str) -> CampaignState:
    """Return a campaign that comes with the program, opened once: tests leave it as it is."""
    folder = CampaignFolder(FOLDER / f"campaign_{lang}")
    return open_campaign(folder, LIBRARY, sessions_of(folder, LIBRARY))


def meeting(name: str) -> SessionFolder:
    """Return a recorded session of which tests hold what is told: earlier showcases, which stay when others ship."""
    return SessionFolder((_MEETINGS if (_MEETINGS / name).is_dir() else FOLDER) / name)


HEADERS = {"content-type"}
GOVERNANCES = (
    "command",
    "joint_production",
    "three_social_interaction",
    "government_community_interaction",
    "one_core_multiple_actors",
)


def _spec(scenario: str, governance: str, *, judged: bool, **given: Any) -> SessionSpec:
    judge = MODEL_NAME if judged else None
    return SessionSpec(
        scenario=scenario, governance=governance, style="directed", model=MODEL_NAME, judge_model=judge, **given
    )


SPECS: dict[str, SessionSpec] = {
    "joint_production_en": _spec("four_oclock_school", "joint_production", judged=True),
    "command_en": _spec("four_oclock_school", "command", judged=False),
    "joint_production_zh": _spec("four_oclock_school", "joint_production", judged=False, lang="zh"),
    "three_social_interaction_en": _spec("clean_up", "three_social_interaction", judged=False, turns=7),
    "government_community_interaction_en": _spec("estate_calm", "government_community_interaction", judged=False),
    "one_core_multiple_actors_zh": _spec(
        "captured_social_workers",
        "one_core_multiple_actors",
        judged=False,
        lang="zh",
        stages=("training", "application", "public_engagement"),
    ),
}
# Rules-only sessions: no exchange with a model, only the log.
RULES_ONLY: dict[str, SessionSpec] = {
    f"rules_only_{governance}": SessionSpec(
        scenario="four_oclock_school", governance=governance, seed=7, turns=8, style="rules", model="none"
    )
    for governance in GOVERNANCES
}
# Played by a strong model: only the log, which holds each answer of the model.
SHOWCASES = ("showcase_en", "showcase_zh")
# Campaigns of three communities and three years, played so: the campaign's log, and one for each of its sessions.
CAMPAIGNS = ("campaign_en", "campaign_zh")


class _Readable:
    """Stores JSON bodies as YAML mappings, so that a cassette can be reviewed and compared."""

    def serialize(self, cassette: dict[str, Any]) -> str:
        for one in cassette["interactions"]:
            request, response = one["request"], one["response"]
            request["body"] = json.loads(request["body"])
            request["uri"] = "/" + request["uri"].split("/", 3)[3]
            answer = json.loads(response["body"]["string"])
            for volatile in ("timings", "created", "id", "model", "system_fingerprint"):
                answer.pop(volatile, None)
            response["body"] = {"json": answer}
        return yaml.dump(cassette, allow_unicode=True, sort_keys=False, width=110)

    def deserialize(self, text: str) -> dict[str, Any]:
        cassette: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for one in cassette["interactions"]:
            one["request"]["uri"] = "http://127.0.0.1" + one["request"]["uri"]
            one["request"]["body"] = json.dumps(one["request"]["body"]).encode()
            one["response"]["body"] = {"string": json.dumps(one["response"]["body"]["json"]).encode()}
        return cassette


def recorder(mode: str) -> vcr.VCR:
    """Return a recorder that matches method, path and JSON body, and keeps no header but the content type.

    Args:
        mode: ``none`` to play, ``new_episodes`` to record what is not asked as before and drop what is not asked again.
    """
    import vcr

    machine = vcr.VCR(
        record_mode=vcr.mode(mode),
        serializer="readable",
        match_on=["method", "path", "json"],
        drop_unused_requests=mode != "none",
        before_record_request=_bare_request,
        before_record_response=_bare_response,
    )
    machine.register_serializer("readable", _Readable())
    machine.register_matcher("json", _same_json)
    return machine


def models_at(base_url: str, judged: bool = True) -> Models:
    """Return the models of a recorded session: the embedded engine's model at an address, which also judges.

    Whoever uses them closes their endpoints.
    """
    endpoint = Endpoint(MODEL_NAME, base_url, timeout=600.0)
    return Models(endpoint, (endpoint,) if judged else (), DIRECTED)


def no_model() -> Models:
    """Return the models of a rules-only session: none."""
    return Models(None, (), DIRECTED)


def comparable(folder: SessionFolder) -> list[dict[str, Any]]:
    """Return the events of a log as they are read, without what differs from one machine to another."""
    events = [event.as_dict() for event in folder.read()]
    for event in events:
        del event["at"]
        event["payload"].pop("seconds", None)
        event["payload"].pop("session", None)
        event["payload"].pop("said", None)
        event["payload"].pop("failed", None)  # which logs that were recorded earlier do not have
        event["payload"].pop("program", None)
        event["payload"].get("spec", {}).pop("content", None)
    return events


def _same_json(one: Request, other: Request) -> None:
    assert _parsed(one.body) == _parsed(other.body)


@lru_cache(maxsize=1024)  # each request is held against all that were recorded
def _parsed(body: bytes) -> Any:
    return json.loads(body)


def _bare_request(request: Request) -> Request:
    request.headers = {key: value for key, value in request.headers.items() if key.lower() in HEADERS}
    return request


def _bare_response(response: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in response["headers"].items() if key.lower() in HEADERS}
    return {**response, "headers": kept}
