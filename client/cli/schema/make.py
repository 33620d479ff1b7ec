"""usage: make.py DESCRIPTORS > plan.schema.json

The JSON Schema of plan files, for editors: the fields and comments of the messages in DESCRIPTORS (a FileDescriptorSet with
source info), with what plan files have besides (client/cli/plan/plan_file.h). client/generate runs it.
"""

import json
import sys

from google.protobuf import descriptor_pb2

FIELD = descriptor_pb2.FieldDescriptorProto
DURATION = {"type": "string", "pattern": r"^([0-9.]+(h|m|s|ms|us|µs|ns))+$"}  # 10m, 1h30m, 500ms
WELL_KNOWN = {".google.protobuf.Duration": DURATION, ".google.protobuf.Struct": {"type": ["object", "null"]}}
NUMBERS = {FIELD.TYPE_INT32, FIELD.TYPE_INT64, FIELD.TYPE_UINT32, FIELD.TYPE_UINT64}
PATHS = {"type": ["array", "null"], "items": {"type": "string"}}


def pair(second, what):
    entry = {
        "type": "object",
        "properties": {"key": {"type": "string"}, second: {"type": "string"}},
        "required": ["key", second],
        "additionalProperties": False,
    }
    return {"type": ["array", "null"], "items": entry, "description": what}


# Where a plan file has something else than the message.
OWN = {
    "ChartInfo": {
        "chart": {
            "type": "object",
            "description": "The chart: a path (uploaded), a folder of a Git repository at a commit (uploaded), one of a registry, or one of a repository.",
            "properties": {name: {"type": "string"} for name in ("path", "git", "commit", "ref", "oci", "repository", "name", "version", "digest")}
            | {"verify": {"enum": ["REQUIRED"], "description": "The chart must be signed by a key that the operator trusts for its source. An archive has its signature in a .prov file beside it."}},
            "additionalProperties": False,  # which are needed depends on the layers below
        },
        "valuesFiles": {**PATHS, "description": "Paths of values files, relative to the plan; a later one wins."},
        "crdFiles": {**PATHS, "description": "Paths of files with CustomResourceDefinitions besides those of the chart."},
        "valuesJson": pair("value", "Values in JSON, as helm's --set-json; they win over all files."),
        "setFile": pair("path", "Values that are what a file holds, as helm's --set-file; they win over all others."),
    },
    "Plan": {
        "defaults": {"$ref": "#/$defs/Layer", "description": "Stands under every chart."},
        "environments": {
            "type": "object",
            "additionalProperties": {"oneOf": [{"$ref": "#/$defs/Layer"}, {"type": "null"}]},
            "description": "Layers by name; --environment NAME puts one over every chart.",
        },
        "allowEnv": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Environment variables that ${env.NAME} may name in the plan's texts.",
        },
    },
}

# Enums that were booleans once: plan files may still have those.
ONCE_BOOLEAN = {("Plan", "supersede")}

# What the daemon or the command line sets, and nobody writes.
NOT_WRITTEN = {"ChartInfo": {"pruned_record"}, "Plan": {"unselected"}}


def comments(file):
    found = {}
    for location in file.source_code_info.location:
        text = location.leading_comments.strip()
        if text:
            found[tuple(location.path)] = " ".join(text.split())
    return found


class Schema:
    def __init__(self, files):
        self.messages, self.enums, self.definitions = {}, {}, {}
        for file in files:
            known = comments(file)
            for i, enum in enumerate(file.enum_type):
                self.enums[f".{file.package}.{enum.name}"] = enum
            for i, message in enumerate(file.message_type):
                self.messages[f".{file.package}.{message.name}"] = (message, known, (4, i))

    def reference(self, name):
        message = self.messages[name][0]
        if message.name not in self.definitions:
            self.definitions[message.name] = {}  # while it is made: it may contain itself
            self.definitions[message.name] = self.message(name)
        return {"$ref": f"#/$defs/{message.name}"}

    def message(self, name):
        message, known, path = self.messages[name]
        properties = {}
        for i, field in enumerate(message.field):
            if field.name in NOT_WRITTEN.get(message.name, ()):
                continue
            schema = OWN.get(message.name, {}).get(field.json_name) or self.field(message, field)
            if (message.name, field.json_name) in ONCE_BOOLEAN:
                schema = {"enum": [*schema["enum"], True, False]}
            about = known.get((*path, 2, i))
            if about and "description" not in schema:
                schema = {**schema, "description": about}
            properties[field.json_name] = schema
        properties.update(OWN.get(message.name, {}))
        schema = {"type": ["object", "null"], "properties": properties, "additionalProperties": False}
        if path in known:
            schema["description"] = known[path]
        return schema

    def field(self, message, field):
        if field.label != FIELD.LABEL_REPEATED:
            return self.value(field)
        nested = {f".{n.name}": n for n in message.nested_type if n.options.map_entry}
        entry = next((n for suffix, n in nested.items() if field.type_name.endswith(suffix)), None)
        if entry is not None:
            return {"type": ["object", "null"], "additionalProperties": self.value(entry.field[1])}
        return {"type": ["array", "null"], "items": self.value(field)}

    def value(self, field):
        if field.type == FIELD.TYPE_MESSAGE:
            return WELL_KNOWN.get(field.type_name) or self.reference(field.type_name)
        if field.type == FIELD.TYPE_ENUM:
            names = [value.name for value in self.enums[field.type_name].value]
            prefix = names[0].removesuffix("UNSPECIFIED")
            return {"enum": [name.removeprefix(prefix) for name in names[1:]]}
        if field.type == FIELD.TYPE_BOOL:
            return {"type": "boolean"}
        if field.type in NUMBERS:
            return {"type": "integer"}
        # What is written without quotes is text too.
        return {"type": ["string", "number", "boolean"]}


def main():
    files = descriptor_pb2.FileDescriptorSet()
    with open(sys.argv[1], "rb") as descriptors:
        files.ParseFromString(descriptors.read())
    schema = Schema(files.file)
    plan = schema.message(".wheelhouse.v1.Plan")
    chart = schema.definitions["ChartInfo"]
    schema.definitions["Layer"] = {
        **chart,
        "properties": {name: one for name, one in chart["properties"].items() if name not in ("name", "dependsOn")},
        "description": "Fields of a chart.",
    }
    plan["patternProperties"] = {"^x-": {}}
    plan["required"] = ["charts"]
    json.dump(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "A plan of wheelhouse",
            **plan,
            "$defs": dict(sorted(schema.definitions.items())),
        },
        sys.stdout,
        indent=1,
        ensure_ascii=False,
    )
    print()


main()
