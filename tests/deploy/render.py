"""Renders folders of manifests with kubectl kustomize, and checks what comes out, as JSON on standard output.

    python tests/deploy/render.py FOLDER ...

An object with the manifests of each folder under `rendered`, and under `errors` a line for each that Kubernetes
1.37, or KServe (kserve_fields.json), would refuse, unknown fields among them.
"""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

kserve = json.loads((Path(__file__).parent / "kserve_fields.json").read_text())
kubectl = Path(sys.executable).parent / "kubectl"


def render(folder):
    """The manifests of a kustomization."""
    command = [kubectl, "kustomize", folder]
    return list(yaml.safe_load_all(subprocess.run(command, check=True, capture_output=True).stdout))


def errors_of(manifest):
    """Why a cluster would refuse a manifest."""
    kind = manifest["kind"]
    if kind == "ServiceMonitor":  # of the Prometheus operator, which the test itself looks at
        return
    if kind in kserve:
        for error in jsonschema.Draft202012Validator(kserve[kind]).iter_errors(manifest):
            yield f"{kind}: {'.'.join(map(str, error.path))}: {error.message}"
        return
    try:
        kubernetes_validate.validate(manifest, "1.37", strict=True)
    except kubernetes_validate.ValidationError as error:
        yield f"{kind}: {'.'.join(map(str, error.path))}: {error.message}"


def main(folders):
    rendered = {folder: render(folder) for folder in folders}
    manifests = [each for own in rendered.values() for each in own]
    errors = [error for each in manifests for error in errors_of(each)]
    json.dump({"rendered": rendered, "errors": errors}, sys.stdout)


main(sys.argv[1:])
