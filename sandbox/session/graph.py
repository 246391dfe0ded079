"""The session graph: all edges on one screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from sandbox.game.state import State
from sandbox.game.steps import next_step
from sandbox.session import nodes
from sandbox.session.context import SessionContext, Shell

Builder = StateGraph[Shell, SessionContext, Shell, Shell]


def build() -> Builder:
    """Return the uncompiled graph; the caller picks the checkpointer."""
    graph: Builder = StateGraph(Shell, context_schema=SessionContext)
    for node in (
        nodes.pulse, nodes.brief, nodes.speak, nodes.draw, nodes.await_person, nodes.direct, nodes.minutes,
        nodes.between, nodes.close,
    ):  # fmt: skip
        graph.add_node(node.__name__, _taking(node))
    graph.add_conditional_edges(START, where_to_begin)
    graph.add_conditional_edges("pulse", what_comes)
    graph.add_conditional_edges("brief", whose_floor)
    graph.add_conditional_edges("speak", whose_floor)
    graph.add_conditional_edges("draw", what_is_left)
    graph.add_conditional_edges("await_person", whose_floor)
    graph.add_conditional_edges("direct", whose_floor)
    graph.add_conditional_edges("minutes", what_comes)
    graph.add_conditional_edges("between", what_comes)
    graph.add_edge("close", END)
    return graph


def _taking(step: Callable[[SessionContext, State], Awaitable[State]]) -> Callable[..., Awaitable[Shell]]:
    async def node(state: Shell, runtime: Runtime[SessionContext]) -> Shell:
        return {"play": await step(runtime.context, state["play"])}

    return node


async def where_to_begin(
    state: Shell, runtime: Runtime[SessionContext]
) -> Literal["between", "speak", "draw", "await_person", "direct", "minutes"]:
    """Begin with the first pulse, or go on from where the log was left."""
    step = next_step(runtime.context.game, state["play"])
    return await whose_floor(state, runtime) if step in ("turn", "minutes") else "between"


async def whose_floor(
    state: Shell, runtime: Runtime[SessionContext]
) -> Literal["speak", "draw", "await_person", "direct", "minutes"]:
    """Return who is next: a persona or a person, the facilitator if an order is due, or the end of the stage."""
    floor = nodes.whose_floor(state["play"], runtime.context.log)
    return "draw" if floor == "speak" and runtime.context.choose is not None else floor


async def what_is_left(
    state: Shell, runtime: Runtime[SessionContext]
) -> Literal["between", "draw", "await_person", "direct"]:
    """Return the next seat's node, or what comes between two stages and after the last."""
    if next_step(runtime.context.game, state["play"]) != "turn":
        return "between"
    floor = nodes.whose_floor(state["play"], runtime.context.log)
    return floor if floor in ("await_person", "direct") else "draw"


async def what_comes(state: Shell, runtime: Runtime[SessionContext]) -> Literal["pulse", "brief", "draw", "close"]:
    """Return what is next between stages: the pulse, the next stage, or the end of the session after the last."""
    context, play = runtime.context, state["play"]
    step = next_step(context.game, play)
    if not step:
        return "close"
    if context.choose is not None and not nodes.asks_anybody(context, play):
        return "draw"
    return "pulse" if step == "pulse" else "brief"


def drawing() -> str:
    """Return the graph as a Mermaid drawing."""
    return build().compile().get_graph().draw_mermaid()
