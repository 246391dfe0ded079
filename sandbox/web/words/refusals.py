"""Refusals of the program in Chinese, as the command line words them in English."""

from __future__ import annotations

import re

from sandbox.content.schemas import Lang

__all__ = ["CHINESE_REFUSALS", "told"]

_MOVED_ON = "本场已经往前走了，刚才的内容没有发出。"
CHINESE_REFUSALS: dict[str, str] = {
    r"the session has moved on; nothing was sent": _MOVED_ON,
    r"the session is not running": "本场现在没有进行。",
    r"the session has not started": "本场还没有开始。",
    r"all stages have been played": "所有阶段都已结束。",
    r"no stage is being played now": "现在不在任何阶段中，请稍等。",
    r"the stage for which it was given is over": "下达时的那个阶段已经结束。",
    r"the vote has begun: give the seat to a persona, or end the stage": "表决已开始：可把位子交给角色，或结束本阶段。",
    r"the floor has passed on": "已经轮到别人发言了。",
    r"this stage decides nothing: end it instead": "本阶段不作决定：请改为结束本阶段。",
    r"there is no proposal to vote on yet": "还没有可以表决的提议。",
    r"nobody who is to hear of it is in the room": "要通知的人现在都不在场。",
    r"this event has arrived already": "这个事件已经发生过了。",
    r"a stage has at most (\d+) lines": "一个阶段最多{0}句。",
    r"text: an event or a piece of advice needs words": "请先写下内容。",
    r"text: (\d+) characters; at most (\d+)": "写了{0}个字，最多{1}个字。",
    r"says: (\d+) characters; at most (\d+)": "写了{0}个字，最多{1}个字。",
    r"extend: 0 to (\d+) lines and 0 to (\d+) minutes": "延长：0到{0}句，0到{1}分钟。",
    r"extend: give lines or minutes": "请填要延长的句数或分钟数。",
    r"seat '(.+)' is taken": "这个位子已经有人了。",
    r"nobody has seat '(.+)'": "这个位子现在没有人。",
    r"somebody sits on (.+); free the seat first": "位子上还有人（{0}），请先清空。",
    r"a note needs some words": "请先写下笔记。",
    r"(a note|an answer) may have at most ([\d,]+) characters; this one has ([\d,]+)": "最多{1}个字，现在有{2}个。",
    r"table (\S+) has not started": "这一桌还没有开始。",
    r"table (\S+) has started": "这一桌已经开始。",
    r"table (\S+) is over": "这一桌已经结束。",
}


def told(message: str, lang: Lang) -> str:
    """Return a refusal in a language; one that is not known stays as it is.

    Args:
        message: the refusal in English.
        lang: the language.
    """
    if lang == "zh":
        for pattern, text in CHINESE_REFUSALS.items():
            found = re.fullmatch(pattern, message)
            if found:
                return text.format(*found.groups())
    return message
