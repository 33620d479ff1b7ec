"""What was measured: a table, a file of JSON, and the comparison with an earlier one.

A machine that is shared, or another one, makes every figure larger. So only ratios count: both of their sides are measured
in the same run.
"""

import datetime
import json
import os
import statistics

# What two runs of the same programs may differ by, besides the spread of what was repeated.
NOISE = 0.15


def spread(samples):
    """How far apart repeated samples are, relative to their median."""
    return (max(samples) - min(samples)) / statistics.median(samples) if len(samples) > 1 else 0.0


class Results:
    def __init__(self):
        self.rows, self.begun = {}, datetime.datetime.now().isoformat(timespec="seconds")

    def add(self, name, samples, unit, than=None, than_samples=None, goal=None):
        """A row: the median of `samples`; and its ratio to `than`, another figure of this run, with the goal of that, or
        with the goal of the figure itself where there is no other. Less is better."""
        row = {"value": statistics.median(samples), "unit": unit, "samples": samples, "goal": goal}
        if than:
            other = statistics.median(than_samples)
            row |= {"than": than, "other": other, "ratio": row["value"] / other if other else None}
            row["spread"] = spread(samples) + spread(than_samples)
        self.rows[name] = row
        print(self.line(name), flush=True)

    def line(self, name):
        row = self.rows[name]
        text = f"{name:46} {row['value']:9.3g} {row['unit']:6}"
        judged = row.get("ratio") if "than" in row else row["value"]
        if "than" in row:
            text += f" {row['ratio']:8.3f} x {row['than']} ({row['other']:.3g})"
        if row["goal"]:
            text += f"   goal <= {row['goal']:.3g}{'' if judged <= row['goal'] else ', NOT REACHED'}"
        return text

    def table(self):
        return "\n".join(self.line(name) for name in self.rows)

    def write(self, path, over=None):
        """`over`: an earlier file, of which the rows that this run has not measured are kept."""
        path.parent.mkdir(parents=True, exist_ok=True)
        about = {"begun": self.begun, "cores": os.cpu_count(), "load": os.getloadavg()[0]}
        earlier = json.loads(over.read_text())["rows"] if over and over.exists() else {}
        path.write_text(json.dumps({**about, "rows": {**earlier, **self.rows}}, indent=1) + "\n")

    def slower_than(self, before):
        """Lines about ratios that have become worse by more than noise since the run whose JSON that is."""
        for name, row in self.rows.items():
            old = before["rows"].get(name, {})
            if not row.get("ratio") or not old.get("ratio"):
                continue
            noise = NOISE + max(row["spread"], old["spread"])
            if row["ratio"] > old["ratio"] * (1 + noise):
                yield f"{name}: {row['ratio']:.3f} x {row['than']}, was {old['ratio']:.3f} (noise: {noise:.0%})"
