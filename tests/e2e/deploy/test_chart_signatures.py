"""Charts that must be signed: by helm's provenance files and by cosign, from repositories, registries and uploads."""

import contextlib
import functools
import json
import shutil
import subprocess

import pytest
import yaml

import wheelhouse
from harness import cli as command_line
from harness.chart_servers import Registry, Repository, serve
from harness.paths import CHARTS
from harness.runs import step_result
from harness.signing import Cosign, OpenPgp
from wheelhouse.v1 import chart_pb2, plan_pb2

REQUIRED = chart_pb2.VERIFY_REQUIRED
LOOPBACK = {"networks": ["127.0.0.0/8"]}


class SignedRegistry(Registry):
    blobs, tags, referrers = {}, {}, {}


@pytest.fixture(scope="module")
def openpgp(tmp_path_factory):
    with contextlib.closing(OpenPgp(tmp_path_factory.mktemp("gpg"))) as keys:
        keys.good, keys.stranger = keys.add("good"), keys.add("stranger")
        yield keys


@pytest.fixture(scope="module")
def cosign(tmp_path_factory):
    return Cosign(tmp_path_factory.mktemp("cosign"), "cosign")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Cosign(tmp_path_factory.mktemp("cosign"), "stranger")


@pytest.fixture(scope="module")
def package(cluster, openpgp):
    """package(folder, version, by="good"): web in that version, with its .prov file where somebody signs it; its path."""

    def make(folder, version, by="good", helm="helm"):
        folder.mkdir(parents=True, exist_ok=True)
        flags = openpgp.flags(by) if by else []
        cluster.run(helm, "package", CHARTS / "web", "--version", version, "-d", folder, *flags)
        return folder / f"web-{version}.tgz"

    return make


def repack(archive):
    """Other bytes, with the same files in them."""
    subprocess.run(f"gunzip -c {archive} | gzip -1 > {archive}.new && mv {archive}.new {archive}", shell=True, check=True)


@pytest.fixture(scope="module")
def repositories(cluster, package, tmp_path_factory):
    """A folder of repositories, each with web 1.0.0 but for `old`, which shows that as 2.0.0."""
    root = tmp_path_factory.mktemp("repositories")
    signed = package(root / "signed", "1.0.0")
    proof = signed.with_name("web-1.0.0.tgz.prov").read_text()
    for name, text in {
        "unsigned": None,
        "changed": proof,
        "twice": proof + proof,
        "trailing": proof + "files: {}\n",
        "huge": proof + "\n" * (1 << 20),
    }.items():
        archive = package(root / name, "1.0.0", by=None)
        shutil.copy(signed, archive)
        if text is not None:
            archive.with_name("web-1.0.0.tgz.prov").write_text(text)
    repack(root / "changed" / "web-1.0.0.tgz")
    package(root / "helm3", "1.0.0", helm="helm3")
    package(root / "stranger", "1.0.0", by="stranger")
    (root / "old").mkdir()
    for end in ("", ".prov"):
        shutil.copy(f"{signed}{end}", root / "old" / f"web-2.0.0.tgz{end}")
    for folder in root.iterdir():
        cluster.run("helm", "repo", "index", folder)
    index = root / "old" / "index.yaml"
    index.write_text(index.read_text().replace("version: 1.0.0", "version: 2.0.0"))
    return root


@pytest.fixture(scope="module")
def addresses(repositories):
    """Of three servers of the same repositories: where a signature is required, where keys are known, and where none are."""
    with contextlib.ExitStack() as stack:
        handler = functools.partial(Repository, directory=repositories)
        yield [stack.enter_context(serve(handler)) for _ in range(3)]


@pytest.fixture(scope="module")
def registry(package, cosign, stranger, tmp_path_factory):
    """The address of a registry: 1.0.N is signed in one way each, as the tests say."""
    folder = tmp_path_factory.mktemp("charts")
    add = SignedRegistry.add_chart
    for tag in ("1.0.1", "1.0.2", "1.0.3", "1.0.4", "1.0.5", "1.0.7", "1.0.8", "1.0.9"):
        archive = package(folder, tag, by="good" if tag == "1.0.2" else None)
        proof = archive.with_name(archive.name + ".prov")
        add(tag, archive.read_bytes(), proof.read_bytes() if proof.exists() else None)
    tags = SignedRegistry.tags
    cosign.sign_manifest(SignedRegistry, tags["1.0.1"])
    tags["1.0.6"] = tags["1.0.1"]
    stranger.sign_manifest(SignedRegistry, tags["1.0.4"])
    cosign.sign_manifest(SignedRegistry, tags["1.0.5"], of=tags["1.0.1"])
    entries = {
        tags["1.0.3"]: [
            cosign.bundle(SignedRegistry, tags["1.0.3"], "https://slsa.dev/provenance/v1"),
            cosign.bundle(SignedRegistry, tags["1.0.3"]),
        ],
        tags["1.0.7"]: [cosign.bundle(SignedRegistry, tags["1.0.7"], "https://slsa.dev/provenance/v1")],
        tags["1.0.8"]: [cosign.bundle(SignedRegistry, tags["1.0.8"])] * 21,
    }
    SignedRegistry.referrers = entries
    with serve(SignedRegistry) as address:
        yield address


@pytest.fixture(scope="module")
def config(openpgp, cosign, addresses, registry):
    required, known, unknown = (f"http://{address}" for address in addresses)
    keys = {"keyring": openpgp.good}
    return {
        "sources": {
            "allow": [
                {"url": required, **LOOPBACK, "signatures": {**keys, "required": True}},
                {"url": known, **LOOPBACK, "signatures": keys},
                {"url": unknown, **LOOPBACK},
                {
                    "url": f"oci://{registry}",
                    **LOOPBACK,
                    "plainHttp": True,
                    "signatures": {**keys, "cosignKeys": [cosign.public], "required": True},
                },
            ]
        }
    }


@pytest.fixture(scope="module")
def daemons(make_daemon, config):
    """As conftest's, with an operator who knows who signs."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def of(helm):
            daemon = make_daemon(helm=helm, **config)
            return daemon, stack.enter_context(daemon.client())

        yield of


@pytest.fixture
def repository(addresses):
    """repository("signed", at=0, ...): a source of one of the servers."""

    def of(name, at=0, version="", **fields):
        url = f"http://{addresses[at]}/{name}"
        return chart_pb2.ChartSource(repository={"url": url, "name": "web", "version": version}, **fields)

    return of


@pytest.fixture
def oci(registry):
    return lambda version, **fields: chart_pb2.ChartSource(
        oci={"reference": f"oci://{registry}/charts/web", "version": version}, **fields
    )


def signer(outcome):
    signature = outcome.chart().chart_signature
    return chart_pb2.SignatureFormat.Name(signature.format).removeprefix("SIGNATURE_FORMAT_"), signature.key, signature.signer


def refused(cluster, outcome, namespace, reason, *words):
    """Whether it has failed so, and before anything was changed."""
    failure = outcome.run.failure
    assert (outcome.state, failure.reason) == ("FAILED", reason), failure
    for word in words:
        assert word in failure.message, failure.message
    assert not outcome.chart().HasField("chart_signature")
    assert cluster.get("namespace", namespace, namespace) is None


@pytest.mark.parametrize("name", ["signed", "helm3"])
def test_a_signed_chart_says_who_signed_it(deploy, cluster, repository, namespace, name):
    outcome = deploy(namespace, chart=repository(name))
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "INSTALL"), outcome.run.failure
    assert cluster.releases(namespace)["web"]["chart"] == "web-1.0.0"
    kind, key, who = signer(outcome)
    assert (kind, len(key), who) == ("PROVENANCE", 40, "good <good@example>")
    assert step_result(outcome, "chart")[1] == f"web 1.0.0, signed by {key} good <good@example> (.prov)"


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("unsigned", "CHART_NOT_SIGNED", ["web 1.0.0 of", "no provenance file"]),
        ("stranger", "SIGNATURE_INVALID", ["web 1.0.0 of", "does not trust"]),
        ("changed", "SIGNATURE_INVALID", ["is of another archive than this one"]),
        ("old", "SIGNATURE_INVALID", ["web 2.0.0 of", "another version, web 1.0.0"]),
        ("twice", "SIGNATURE_INVALID", ["not one clearsigned OpenPGP message"]),
        ("trailing", "SIGNATURE_INVALID", ["not one clearsigned OpenPGP message"]),
        ("huge", "CHART_TOO_LARGE", ["the provenance file of"]),
    ],
)
def test_what_is_not_signed_as_it_must_be_is_not_deployed(deploy, cluster, repository, namespace, name, reason, words):
    refused(cluster, deploy(namespace, chart=repository(name)), namespace, reason, *words)


def test_the_plan_asks_where_the_operator_does_not(deploy, cluster, repository, namespace):
    refused(cluster, deploy(namespace, chart=repository("unsigned", 1, verify=REQUIRED)), namespace, "CHART_NOT_SIGNED")
    outcome = deploy(namespace, chart=repository("unsigned", 1))
    assert outcome.state == "SUCCEEDED" and signer(outcome)[0] == "UNSPECIFIED", outcome.run.failure
    outcome = deploy(namespace, chart=repository("signed", 1, verify=REQUIRED))
    assert outcome.state == "SUCCEEDED" and signer(outcome)[0] == "PROVENANCE", outcome.run.failure


def test_what_the_daemon_knows_already_is_verified_again(deploy, repository, repositories, namespace):
    proof = repositories / "signed" / "web-1.0.0.tgz.prov"
    source = repository("signed")
    assert deploy(namespace, chart=source).state == "SUCCEEDED"
    proof.rename(repositories / "proof")
    try:
        assert deploy(namespace, chart=source).run.failure.reason == "CHART_NOT_SIGNED"
    finally:
        (repositories / "proof").rename(proof)
    assert deploy(namespace, chart=source).decision() == "UNCHANGED"


def create(client, source):
    chart = chart_pb2.ChartInfo(name="web", namespace="x", chart=source)
    return client.create_run(plan_pb2.Plan(charts=[chart]))


def test_without_keys_the_plan_is_told_what_the_operator_has_to_do(client, repository, upload):
    uploaded = chart_pb2.ChartSource(archive_digest=upload(client, "web").archive_digest, verify=REQUIRED)
    for source, field in (
        (repository("signed", 2, verify=REQUIRED), "signatures (keyring) of its entry in sources.allow"),
        (uploaded, "uploads.signatures.keyring"),
    ):
        with pytest.raises(wheelhouse.Error) as error:
            create(client, source)
        assert error.value.reason == "NO_TRUSTED_KEYS" and field in str(error.value)
        assert list(error.value.violations) == ["plan.charts[0].chart"]


@pytest.mark.parametrize(("version", "kind"), [("1.0.1", "COSIGN"), ("1.0.2", "PROVENANCE"), ("1.0.3", "COSIGN")])
def test_a_chart_of_a_registry_is_signed(deploy, cosign, oci, namespace, version, kind):
    outcome = deploy(namespace, chart=oci(version))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert signer(outcome)[0] == kind
    if kind == "COSIGN":
        assert signer(outcome)[1:] == (cosign.fingerprint, "")
        assert step_result(outcome, "chart")[1] == f"web {version}, signed by {cosign.fingerprint} (cosign)"


@pytest.mark.parametrize(
    ("version", "reason", "words"),
    [
        ("1.0.4", "SIGNATURE_INVALID", ["by a key that the operator trusts", "Fulcio"]),
        ("1.0.5", "SIGNATURE_INVALID", ["is not of the manifest"]),
        ("1.0.6", "SIGNATURE_INVALID", ["web 1.0.6 is signed, but as web 1.0.1"]),
        ("1.0.7", "SIGNATURE_INVALID", ["is not of the manifest"]),
        ("1.0.8", "CHART_TOO_LARGE", ["more than 20"]),
        ("1.0.9", "CHART_NOT_SIGNED", ["neither a provenance file (.prov) nor a cosign signature by a key"]),
    ],
    ids=["key", "manifest", "old version", "attestation", "many", "unsigned"],
)
def test_what_a_registry_has_not_signed_as_it_must_be(deploy, cluster, oci, namespace, version, reason, words):
    refused(cluster, deploy(namespace, chart=oci(version)), namespace, reason, *words)


def test_a_registry_that_knows_no_referrers_has_them_under_a_tag(deploy, oci, namespace, monkeypatch):
    digest = SignedRegistry.tags["1.0.3"]
    index = {"schemaVersion": 2, "manifests": SignedRegistry.referrers[digest]}
    monkeypatch.setattr(SignedRegistry, "referrers", {})
    assert deploy(namespace, chart=oci("1.0.3")).run.failure.reason == "CHART_NOT_SIGNED"
    added = SignedRegistry.add(json.dumps(index).encode())["digest"]
    monkeypatch.setitem(SignedRegistry.tags, digest.replace(":", "-"), added)
    outcome = deploy(namespace, chart=oci("1.0.3"))
    assert outcome.state == "SUCCEEDED" and signer(outcome)[0] == "COSIGN", outcome.run.failure


@pytest.mark.parametrize(
    ("where", "version", "reason"),
    [
        ("signed", "1.0.0", None),
        ("unsigned", "1.0.0", "CHART_NOT_SIGNED"),
        ("old", "2.0.0", "SIGNATURE_INVALID"),
        ("oci", "1.0.1", None),
        ("oci", "1.0.6", "SIGNATURE_INVALID"),
        ("oci", "1.0.9", "CHART_NOT_SIGNED"),
    ],
)
def test_what_a_chart_depends_on_must_be_signed_where_that_is(client, new_chart, addresses, registry, where, version, reason):
    url = f"oci://{registry}/charts" if where == "oci" else f"http://{addresses[0]}/{where}"
    uploaded = new_chart("", dependencies=[{"name": "web", "version": version, "repository": url}]).archive_digest
    if reason is None:
        assert client.build_dependencies(uploaded).added[0].version == version
        return
    with pytest.raises(wheelhouse.Error) as error:
        client.build_dependencies(uploaded)
    assert error.value.reason == reason, error.value


def test_a_lock_file_names_what_was_verified(cli, client, repository, addresses, tmp_path, namespace):
    found = client.resolve_chart(repository("signed", 1, verify=REQUIRED))
    assert found.signature.signer == "good <good@example>"
    assert not client.resolve_chart(repository("signed", 1)).HasField("signature")
    plan = tmp_path / "plan.yaml"
    chart = {"repository": f"http://{addresses[1]}/signed", "name": "web", "verify": "REQUIRED"}
    plan.write_text(yaml.safe_dump({"charts": [{"name": "web", "namespace": namespace, "chart": chart}]}))
    locked = cli("plan", "lock", "-f", plan)
    assert f"is 1.0.0, signed by {found.signature.key}\n" in locked.stdout, locked.stderr
    chart["repository"] = f"http://{addresses[1]}/unsigned"
    plan = tmp_path / "another.yaml"
    plan.write_text(yaml.safe_dump({"charts": [{"name": "web", "namespace": namespace, "chart": chart}]}))
    applied = cli("apply", "-f", plan)
    assert applied.returncode == 1 and "CHART_NOT_SIGNED" in applied.stderr + applied.stdout


def test_the_flag_is_helms(cli, addresses, namespace):
    unsigned = cli("deploy", "web", "--repo", f"http://{addresses[1]}/unsigned", "--verify", "-n", namespace)
    assert unsigned.returncode == 1 and "no provenance file" in unsigned.stderr + unsigned.stdout
    signed = cli("deploy", "web", "--repo", f"http://{addresses[1]}/signed", "--verify", "-n", namespace)
    assert signed.returncode == 0, signed.stderr
    git = cli("apply", "-f", "-", input="charts: [{name: a, namespace: b, chart: {git: 'https://a/b', ref: main, verify: REQUIRED}}]")
    assert git.returncode == 2 and "verify: is only for what has a signature" in git.stderr, git.stderr


@pytest.fixture(scope="module")
def keyring(openpgp, tmp_path_factory):
    """The file of the operator who wants uploads to be signed."""
    file = tmp_path_factory.mktemp("operator") / "keys.gpg"
    shutil.copy(openpgp.good, file)
    return file


@pytest.fixture(scope="module")
def strict(make_daemon, keyring):
    return make_daemon(uploads={"signatures": {"keyring": str(keyring), "required": True}})


def test_uploads_must_be_signed_where_the_operator_says_so(strict, package, tmp_path, namespace):
    signed = package(tmp_path, "1.0.0")
    with strict.client() as client:
        uploaded = client.upload_chart(str(signed))
        assert uploaded.signature.signer == "good <good@example>"
        unsigned = package(tmp_path / "unsigned", "1.0.0", by=None)
        for path, reason in (
            (unsigned, "CHART_NOT_SIGNED"),
            (CHARTS / "web", "CHART_NOT_SIGNED"),
            (package(tmp_path / "stranger", "1.0.0", by="stranger"), "SIGNATURE_INVALID"),
        ):
            with pytest.raises(wheelhouse.Error) as error:
                client.upload_chart(str(path))
            assert error.value.reason == reason, error.value
        shutil.copy(f"{signed}.prov", f"{unsigned}.prov")
        repack(unsigned)
        with pytest.raises(wheelhouse.Error) as error:
            client.upload_chart(str(unsigned))
        assert error.value.reason == "SIGNATURE_INVALID" and "of another archive" in str(error.value)


def test_the_command_line_uploads_the_file_beside_an_archive(strict, package, tmp_path, namespace):
    signed = package(tmp_path, "1.0.0")
    deployed = command_line.run(strict, "deploy", signed, "-n", namespace)
    assert deployed.returncode == 0, deployed.stderr
    proof = signed.with_name("web-1.0.0.tgz.prov")
    plan = tmp_path / "plan.yaml"
    plan.write_text(f"charts: [{{name: web, namespace: {namespace}, chart: {{path: {signed}, verify: REQUIRED}}}}]")
    assert command_line.run(strict, "apply", "-f", plan).returncode == 0
    assert command_line.run(strict, "plan", "pack", "-f", plan, "--to", tmp_path / "packed").returncode == 0
    assert (tmp_path / "packed" / "chart-1.tgz.prov").read_text() == proof.read_text()
    proof.unlink()
    refused = command_line.run(strict, "deploy", signed, "-n", namespace)
    assert refused.returncode == 1 and "no provenance file" in refused.stderr, refused.stderr


def test_an_upload_stays_signed_over_a_restart_and_only_while_its_key_is_trusted(
    strict, keyring, openpgp, deploy, package, tmp_path, namespace
):
    with strict.client() as client:
        digest = client.upload_chart(str(package(tmp_path, "1.0.0"))).digest
    strict.stop()
    strict.start()
    source = chart_pb2.ChartSource(archive_digest=digest)
    with strict.client() as client:
        outcome = deploy(namespace, chart=source, client=client)
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        assert signer(outcome)[0] == "PROVENANCE"
        shutil.copy(openpgp.stranger, keyring)
        try:
            assert deploy(namespace, chart=source, client=client).run.failure.reason == "SIGNATURE_INVALID"
        finally:
            shutil.copy(openpgp.good, keyring)


def test_a_plan_asks_for_the_signature_of_an_upload(make_daemon, openpgp, deploy, package, tmp_path, namespace):
    daemon = make_daemon(uploads={"signatures": {"keyring": openpgp.good}})
    with daemon.client() as client:
        signed = package(tmp_path, "1.0.0")
        digest = client.upload_chart(str(signed)).digest
        source = chart_pb2.ChartSource(archive_digest=digest, verify=REQUIRED)
        assert deploy(namespace, chart=source, client=client).state == "SUCCEEDED"
        signed.with_name("web-1.0.0.tgz.prov").unlink()
        assert client.upload_chart(str(signed)).digest == digest
        assert deploy(namespace, chart=source, client=client).state == "SUCCEEDED"  # the same bytes
        repack(signed)
        assert client.upload_chart(str(signed)).digest == digest
        assert deploy(namespace, chart=source, client=client).run.failure.reason == "CHART_NOT_SIGNED"
        assert deploy(namespace, chart=chart_pb2.ChartSource(archive_digest=digest), client=client).state == "SUCCEEDED"


def test_a_gpgv_that_is_missing_is_not_passed_over(make_daemon, config, cluster, deploy, repository, namespace):
    daemon = make_daemon(**config, gpgv={"path": "/no/gpgv"})
    with daemon.client() as client:
        outcome = deploy(namespace, chart=repository("signed"), client=client)
    refused(cluster, outcome, namespace, "GPGV_MISSING", "/no/gpgv")


def test_the_daemon_does_not_start_with_keys_that_are_none(make_daemon, tmp_path, cosign):
    (tmp_path / "text").write_text("hello")
    text = str(tmp_path / "text")
    daemon = make_daemon(
        start=False,
        uploads={"signatures": {"keyring": text, "cosignKeys": [cosign.public]}},
        sources={
            "allow": [
                {"url": "oci://registry.example", "signatures": {"keyring": "/no/keys", "cosignKeys": [text]}},
                {"url": "https://charts.example", "signatures": {"required": True}},
            ]
        },
    )
    assert daemon.spawn().process.wait(timeout=60) == 2
    for words in (
        f"uploads.signatures.keyring: {text} has no OpenPGP public keys: write it with gpg --export KEY",
        "uploads.signatures.cosignKeys: cosign signs what is in a registry",
        "sources.allow[0].signatures.keyring: /no/keys cannot be read",
        f"sources.allow[0].signatures.cosignKeys[0]: {text} has no public key in PEM",
        "sources.allow[1].signatures.required: name the keys that are trusted, in keyring",
    ):
        assert words in daemon.log_text(), daemon.log_text()
