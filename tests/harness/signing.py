"""Who signs charts: keys of gpg for helm's provenance files, and keys as cosign has them."""

import base64
import hashlib
import json
import os
import pathlib
import subprocess

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
IN_TOTO = "application/vnd.in-toto+json"


class OpenPgp:
    """Keys in a folder of their own. `close` ends the agent that gpg starts."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.chmod(0o700)
        self.environment = {**os.environ, "GNUPGHOME": str(self.folder)}

    def gpg(self, *args):
        batch = ["gpg", "--batch", "--yes", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"]
        result = subprocess.run([*batch, *args], env=self.environment, capture_output=True, check=True)
        return result.stdout

    def add(self, name):
        """Makes a key; returns the file with its public part."""
        self.gpg("--quick-gen-key", f"{name} <{name}@example>", "rsa2048", "sign", "never")
        public = self.folder / f"{name}.gpg"
        public.write_bytes(self.gpg("--export", f"{name}@example"))
        # Where helm looks for the key that it signs with: it reads no keybox.
        (self.folder / f"{name}.secret").write_bytes(self.gpg("--export-secret-keys", f"{name}@example"))
        return str(public)

    def flags(self, name):
        """Of `helm package`."""
        return ["--sign", "--key", name, "--keyring", self.folder / f"{name}.secret"]

    def close(self):
        subprocess.run(["gpgconf", "--kill", "all"], env=self.environment, check=True)


class Cosign:
    """A key pair, and what `cosign sign --key` puts into a registry with it."""

    def __init__(self, folder, name):
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.public = str(pathlib.Path(folder) / f"{name}.pub")
        pem = self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        pathlib.Path(self.public).write_bytes(pem)

    @property
    def fingerprint(self):
        der = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return "sha256:" + hashlib.sha256(der).hexdigest()

    def sign(self, data):
        return base64.b64encode(self.private.sign(data, ec.ECDSA(hashes.SHA256()))).decode()

    def sign_manifest(self, registry, digest, of=None):
        """As cosign 2: beside the manifest, under a tag. `of` is the manifest that the signature names, if not this one."""
        critical = {"type": "cosign container image signature", "image": {"docker-manifest-digest": of or digest}}
        payload = json.dumps({"critical": {"identity": {"docker-reference": ""}, **critical}, "optional": None}).encode()
        layer = {
            "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
            "annotations": {"dev.cosignproject.cosign/signature": self.sign(payload)},
            **registry.add(payload),
        }
        registry.tags[digest.replace(":", "-") + ".sig"] = registry.add_manifest(registry.add(b"{}"), layer)["digest"]

    def bundle(self, registry, digest, predicate="https://sigstore.dev/cosign/sign/v1"):
        """As cosign 3: a bundle in a manifest that refers to it. Returns the entry of an index."""
        subject = [{"digest": {"sha256": digest.removeprefix("sha256:")}}]
        statement = {"_type": "https://in-toto.io/Statement/v1", "predicateType": predicate, "predicate": {}}
        payload = json.dumps({**statement, "subject": subject}).encode()
        signature = self.sign(b"DSSEv1 %d %s %d %s" % (len(IN_TOTO), IN_TOTO.encode(), len(payload), payload))
        envelope = {
            "payloadType": IN_TOTO,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"sig": signature}],
        }
        layer = {"mediaType": BUNDLE, **registry.add(json.dumps({"mediaType": BUNDLE, "dsseEnvelope": envelope}).encode())}
        empty = {"mediaType": "application/vnd.oci.empty.v1+json", **registry.add(b"{}")}
        manifest = registry.add_manifest(empty, layer, artifactType=BUNDLE, subject={"digest": digest})
        return {"mediaType": "application/vnd.oci.image.manifest.v1+json", "artifactType": BUNDLE, **manifest}
