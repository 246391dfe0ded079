"""Whole payloads of events, for tests that write logs."""

from __future__ import annotations

from typing import Any

from sandbox.record.payloads import Order, OrderKind

__all__ = ["PAYLOADS", "order", "payload"]

PAYLOADS: dict[str, dict[str, Any]] = {
    "session": {"session": "S-1", "spec": {"scenario": "four_oclock_school", "governance": "command"}},
    "model": {"after": "L001", "model": "m", "judge_model": None, "style": "free"},
    "stage": {"number": 1, "of": 1, "limit": 9, "present": ["mayor"], "acts": {"mayor": ["ask"]}, "voters": [],
              "host": ""},
    "call": {"digest": "d", "model": "m", "text": "{}", "seconds": 0.5,
             "usage": {"calls": 1, "prompt": 9, "cached": 0, "completion": 3, "estimated": False}},
    "person": {"turn": {"act": "ask", "to": "all", "says": "Who pays?"}},
    "inject": {"turn": 0, "text": "It rains.", "to": ["mayor"]},
    "order": {"kind": "pause", "stage": "training", "seat": "", "text": "", "inject": "", "act": "", "to": [],
              "by": "", "turns": 0, "minutes": 0, "motion": "", "giver": "facilitator"},
    "direction": {"kind": "pause", "turn": 1, "refused": ""},
    "line": {"stage": "training", "seat": "mayor", "act": "ask", "to": "all", "says": "Who pays?", "terms": {},
             "section": "", "task": "", "about": "", "text": "", "condition": "", "promises": "", "point": "",
             "facts": [], "vote": False, "origin": "model",
             "visible_to": ["mayor"], "why": "quiet", "rejected": []},
    "removal": {"line": "L001", "off": True},
    "decision": {"stage": "training", "motion": "L001", "procedure": "majority", "by": "body",
                 "votes": {"mayor": True}, "abstained": [], "vetoed_by": [], "carried": True,
                 "terms": {"payer": "district"},
                 "condition": "", "unbound": {}, "payer": ["government"], "budget": [{"en": "money", "zh": "钱"}],
                 "payer_agreed": True, "fallen": []},
    "plan": {"sections": {"money": "A tin."}, "lines": {"money": "L001"}, "adapted": ["money"], "copied": 0.8},
    "minutes": {"text": "Minutes.", "ended": "turn_limit", "present": ["mayor"]},
    "pulse": {"trust": 3, "conviction": 3, "burden": 3, "origin": "rules"},
    "assessment": {"side": "horizontal", "assessors": ["mayor"], "indicators": {"trust": 0.5, "needs_met": None},
                   "total": 0.5},
    "score": {"criterion": "trust", "judge": "m", "sample": 1, "level": 3, "status": "supported", "turn": "L001",
              "quote": "Who pays?", "reason": "So.", "panel": "m", "criterion_digest": "c", "templates_digest": "t"},
    "close": {"lines": 1},
}  # fmt: skip


def payload(kind: str, event_id: str, /, **given: Any) -> dict[str, Any]:
    """Return the whole payload of an event, with some of its fields as they are given."""
    return {"id": event_id, **PAYLOADS[kind], **given}


def order(number: int, kind: OrderKind, **given: Any) -> Order:
    """Return an order of the facilitator."""
    whole: Any = payload("order", f"O{number}", kind=kind, **given)
    return whole  # type: ignore[no-any-return]
