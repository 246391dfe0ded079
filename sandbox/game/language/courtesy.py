"""Courtesy questions, which ask for nothing: tags behind a sentence, and phrases with which people begin to speak."""

from __future__ import annotations

import re
from functools import lru_cache

_WH = r"(?!(?:and |so |but |then )?(?:who|whom|whose|what|when|where|which|why|how|will|would|can|could|do|does|did)\b)"
# Words that make a Chinese sentence a real question, whatever tag follows; then phrases that ask for others' view.
_ASKS = r"[?？谁啥哪几吗呢]|什么|多少|怎么|为何"
_VIEW = r"(?:[您你](?:看|说)|大家(?:看|说))?"
# Questions that ask for more than yes or no; in Chinese also A-not-A questions such as 批不批.
OPEN = re.compile(
    r"\b(?:who|whom|whose|what|when|where|which|why|how)\b|[谁啥几哪]|什么|多少|怎么?样?|为何|还是|([^\W是])不\1",
    re.IGNORECASE,
)
_COURTESY = (
    # May I ask your view? If I may? Shall we begin?
    re.compile(
        _WH + r"(?:[^\s,?]+(?: [^\s,?]+){0,3}, )?(?:(?:and|so|now|but|well|sorry|please|excuse me),? )?"
        r"(?:(?:may|might|can|could) I (?:just |also )?(?:ask|say|add|speak|begin|start|come in|interrupt|put in)"
        r"(?: (?:you|all of you|your (?:views?|opinions?)|something|one thing|a (?:question|word)|here|now|first|too))*"
        r"|may I|if I may|shall (?:we|I)(?: (?:begin|start|go on|continue|move on|proceed))?"
        r"|right|okay|ok|all right|you see|you know|do you see|don['’]t you think)\?",
        re.IGNORECASE,
    ),
    # ..., right?
    re.compile(
        _WH + r"[^?]*, (?:right|okay|ok|all right|eh|you see|you know|shall we|isn['’]t (?:it|that so)"
        r"|don['’]t you think)\?",
        re.IGNORECASE,
    ),
    # How's your mother keeping? Is the child getting on at school?
    re.compile(
        r"(?:[\w ]+, )?(?:how(?:['’]s| is| are) (?:you|things|(?:the|your) \w+)(?: keeping| doing)?"
        r"|(?:is|are) (?:you|(?:the|your) \w+(?:['’]s \w+)?)"
        r" (?:getting on|doing (?:well|all right)|well|better)(?: at \w+)?)\?",
        re.IGNORECASE,
    ),
    # 春燕，孩子上学还好吧？
    re.compile(r"(?:[^，。]{1,5}，)?[^，。谁啥几哪]{0,8}(?:还好|都好|好点|好些)(?:了)?(?:吧|吗|没有?)[?？]"),
    # 我问一句，行吗？
    re.compile(
        rf"(?:(?:(?!{_ASKS})[^，])+，)?我(?:能不能|可不可以|能|可以|想|先|再|也)*(?:请教|问|说|插|讲)[一两几][句下嘴]话?"
        r"(?:，?(?:吗|行吗|行不行|好吗|好不好|可以吗|成吗))?[?？]"
    ),
    # ……，对吧？
    re.compile(rf"(?:(?:(?!{_ASKS}).)+，)?{_VIEW}(?:对吧|对不对|对吗|是吧|是不是|是吗|不是吗)[?？]"),
    # ……，好不好？ unless it asks the other person (您, 你) to do something.
    re.compile(rf"(?:(?:(?!{_ASKS}|[您你]).)+，)?{_VIEW}(?:好不好|好吗)[?？]"),
)  # fmt: skip

_PLEA = re.compile(r"吧[?？]$|\b(?:shall we|will you|won['’]t you|could we|can we)\?$", re.IGNORECASE)


def pleads(sentence: str) -> bool:
    """Return whether a sentence begs others to leave it at that. From a seat that gives way this is no question."""
    return bool(_PLEA.search(sentence.strip()))


@lru_cache(maxsize=4096)  # the words of cards and rules ask the same again and again
def asks_for_nothing(question: str) -> bool:
    """Return whether a question (one sentence) is asked out of courtesy and waits for no answer."""
    return any(pattern.fullmatch(question.strip()) for pattern in _COURTESY)
