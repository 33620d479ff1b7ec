"""The releases that are deployed: many of one chart."""

import dataclasses
import pathlib

CHART = pathlib.Path(__file__).parent / "chart"


@dataclasses.dataclass
class Fleet:
    """`count` releases in namespaces of its own: `spread`, one for each; else all in one. `values` are of all releases,
    `message` of each by its index."""

    name: str
    count: int
    spread: bool
    values: dict = dataclasses.field(default_factory=dict)
    chart: pathlib.Path = CHART
    messages: dict = dataclasses.field(default_factory=dict)
    common: str = "hello"

    def __iter__(self):
        """(release, namespace, values) of each."""
        for i in range(self.count):
            values = {**self.values, "message": self.messages.get(i, self.common)}
            yield f"{self.name}-{i}", self.namespace_of(i), values

    def namespace_of(self, index):
        return f"{self.name}-{index}" if self.spread else self.name

    def namespaces(self):
        return [self.namespace_of(i) for i in range(self.count if self.spread else 1)]

    def change_all(self, message):
        self.common, self.messages = message, {}

    def change_one(self, message):
        self.messages = {self.count // 2: message}

    def change_each(self, step, message):
        self.messages = dict.fromkeys(range(0, self.count, step), message)
