"""A canary: asks Prometheus for the rate of errors while the new version serves, and fails the deploy when it is too high."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable

import wheelhouse


@dataclasses.dataclass
class Input:
    query: str  # in PromQL; its value is the rate of errors
    most: float = 0.01
    looks: int = 10
    seconds: int = 30  # between two looks


class Canary(wheelhouse.Lifecycle):
    def __init__(self, ask: Callable[[str], Awaitable[float]]):
        self.ask = ask  # asks Prometheus

    @wheelhouse.effect(wheelhouse.Effect.READ_ONLY)
    async def validate(self, chart: wheelhouse.AsyncChart) -> str:
        wanted = chart.input_as(Input)
        worst = 0.0
        for look in range(1, wanted.looks + 1):
            rate = await self.ask(wanted.query)
            worst = max(worst, rate)
            chart.progress(f"look {look} of {wanted.looks}: {rate:.2%} errors")
            if rate > wanted.most:
                raise wheelhouse.HookFailed(f"{rate:.2%} of the requests fail, more than {wanted.most:.2%}", reason="ERRORS")
            if look < wanted.looks:
                await asyncio.sleep(wanted.seconds)  # a cancel ends it
        return f"at most {worst:.2%} errors"
