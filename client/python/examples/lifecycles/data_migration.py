"""A data migration: backs the data up, moves it, and puts the backup back when the deploy fails.

The migration itself (`Database`) is yours. A call that was interrupted looks whether it was done, so that no data moves
twice.
"""

from __future__ import annotations

import dataclasses
from typing import Protocol

import wheelhouse


@dataclasses.dataclass
class Input:
    schema: int  # to migrate to


class Database(Protocol):
    def schema(self) -> int: ...
    def back_up(self, name: str) -> None: ...
    def migrate(self, to: int) -> None: ...
    def restore(self, name: str) -> None: ...


class DataMigration(wheelhouse.Lifecycle):
    def __init__(self, database: Database):
        self.database = database

    def check_prerequisites(self, chart: wheelhouse.Chart) -> str:
        wanted, now = chart.input_as(Input).schema if chart.input else None, self.database.schema()
        if wanted is not None and wanted < now:
            raise wheelhouse.HookFailed(f"the data has schema {now}: {wanted} would be a step back", reason="SCHEMA_AHEAD")
        return f"schema {now}"

    @wheelhouse.effect(wheelhouse.Effect.CHECKABLE)
    def pre_exec(self, chart: wheelhouse.Chart) -> str:
        wanted = chart.input_as(Input).schema
        before = self.database.schema()
        if before == wanted:  # also when it was interrupted after it was done
            return f"schema {wanted} is there"
        # The id is the same for every attempt: one backup, of the data before the first.
        self.database.back_up(chart.id)
        chart.payload["backup"] = chart.id
        self.database.migrate(wanted)
        return f"migrated from {before} to {wanted}"

    @wheelhouse.effect(wheelhouse.Effect.REPEATABLE)
    def on_deploy_failure(self, chart: wheelhouse.Chart) -> str:
        backup = chart.payload.get("backup")
        if not backup:
            return "nothing was migrated"
        self.database.restore(backup)
        return f"restored {backup} after {chart.failure.reason if chart.failure else 'a failure'}"
