"""What a hostile caller sends: archives, templates and texts that cost those who read them far more than their sender."""

import gzip
import io
import tarfile

CHART_YAML = b"apiVersion: v2\nname: web\nversion: 1.0.0\n"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"


def tar_of(files):
    """The bytes of a tar with these entries: (name, data) or (name, data, type), written as they are."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data, *kind in files:
            info = tarfile.TarInfo(name)
            info.size, info.type = len(data), kind[0] if kind else tarfile.REGTYPE
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def archive(*files, template="", values=b"{}\n", chart_yaml=CHART_YAML, first=()):
    """A chart of one template and these files more, packed; `first` stands before the chart."""
    own = [("Chart.yaml", chart_yaml), ("values.yaml", values), ("templates/a.yaml", template.encode())]
    entries = [*first, *own, *files]
    return gzip.compress(tar_of((f"web/{name}", *rest) for name, *rest in entries), compresslevel=1)


def two_faced(honest, attacker):
    """To one who takes `README.md/` for a folder it holds the second chart, to one who reads its data the first."""
    hidden = tar_of([("web/Chart.yaml", CHART_YAML), ("web/templates/a.yaml", honest.encode())])
    return archive(template=attacker, first=[("README.md/", hidden)])


def flow_list(nodes):
    return b"x: [" + b"1," * nodes + b"1]\n"


def deep(levels):
    return b"x: " + b"[" * levels + b"]" * levels + b"\n"


def aliases(levels=40):
    """Ten to the power of `levels` values, when they are counted as often as they are named."""
    lines = [b"a0: &a0 [1, 1]"]
    lines += [b"a%d: &a%d [%s]" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 10)) for i in range(1, levels)]
    return b"\n".join(lines) + b"\n"


LOOP = "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"
EATS_MEMORY = {
    "a list": "{{ range until 1000000000 }}{{ end }}",
    "a text": 'x: {{ repeat 1000000000 "xxxx" }}',
}
RECURSIONS = {
    "include": '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
    "template": '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
}
