"""The kube room against the sandbox's API server, without a daemon: kube_on_a_cluster_test.cpp."""

import os
import subprocess

from harness.paths import BIN


def test_the_kube_room_on_a_real_api_server(cluster, namespace):
    cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("create", "serviceaccount", "deployer", "-n", namespace)
    cluster.kubectl(
        "create", "rolebinding", "deployer", "-n", namespace, "--clusterrole=view", f"--serviceaccount={namespace}:deployer"
    )
    token = cluster.kubectl("create", "token", "deployer", "-n", namespace).strip()
    subprocess.run(["cmake", "--build", BIN.parent, "--target", "kube_on_a_cluster"], check=True, capture_output=True)
    environment = {
        "PATH": os.environ["PATH"],
        "KUBECONFIG": cluster.kubeconfig,
        "NAMESPACE": namespace,
        "TOKEN": token,
    }
    ran = subprocess.run([BIN / "kube_on_a_cluster"], env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-10000:] + ran.stderr[-2000:]
