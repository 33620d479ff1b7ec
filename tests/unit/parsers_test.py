"""What comes from outside is parsed by common/formats, which bounds it before it becomes a tree and stops when a run is cancelled."""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]

# Who may parse JSON otherwise, and why.
OWN_JSON = {
    "common/formats/json_document.cpp": "the parser itself",
    "common/process/supervisor.cpp": "what the daemon's own supervisor says",
    "common/process/supervisor_process.cpp": "what the daemon says to its supervisor",
    "client/cli/commands/plans/pack.cpp": "what Protobuf has just printed",
    "client/cli/output/output.cpp": "what Protobuf has just printed",
    "client/cli/plan/set_json.cpp": "a word of the command line",
}


def files_with(pattern: str) -> set[str]:
    sources = [path for top in ("client/cli", "common", "server") for path in (TOP / top).rglob("*") if path.suffix in {".h", ".cpp"}]
    return {str(path.relative_to(TOP)) for path in sources if re.search(pattern, path.read_text())}


def test_json_from_outside_is_parsed_within_a_budget():
    assert files_with(r"[jJ]son::(parse|accept|sax_parse)\(") == set(OWN_JSON)
