"""Serves the hook `settings`, which plan.yaml calls, until it is told to end. It may be killed and started again at any time."""

import dataclasses
import logging

import wheelhouse


@dataclasses.dataclass
class Input:
    color: str


class Settings(wheelhouse.Lifecycle):
    def pre_exec(self, chart: wheelhouse.Chart) -> str:
        color = chart.input_as(Input).color
        chart.apply(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": f"{chart.name}-settings"},
                "data": {"color": color},
            }
        )
        return f"the settings are {color}"

    async def validate(self, chart: wheelhouse.AsyncChart) -> str:
        # When nothing has changed pre_exec is skipped, and has left no payload: what is expected is an input of this step too.
        settings = await chart.get("ConfigMap", f"{chart.name}-settings")
        color = settings and settings["data"]["color"]
        if color != chart.input_as(Input).color:
            raise wheelhouse.HookFailed(f"the settings are {color}", reason="WRONG_SETTINGS")
        return f"the settings are still {color}"


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    with wheelhouse.Client() as client:
        wheelhouse.Worker(client, {"settings": Settings()}).run()
