"""Objects that were there before wheelhouse came."""

import json


def apply_by_hand(cluster, namespace, objects, manager="eks"):
    for object in objects:
        cluster.kubectl(
            "apply", "--server-side", f"--field-manager={manager}", "-n", namespace, "-f", "-", input=json.dumps(object)
        )
