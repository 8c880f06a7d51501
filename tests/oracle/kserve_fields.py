"""The fields of KServe's custom resources that the manifests of deploy/kubernetes/kserve use, for checking them.

    python tests/oracle/kserve_fields.py CRDS

CRDS holds crd-inferenceservices.yaml and crd-clusterservingruntimes.yaml of KServe (Apache-2.0; these are of
2026-08-21). Of each object that a manifest fills, the names of all fields are kept, so that a field that KServe
does not know is refused; what a manifest leaves out is not looked into. Writes tests/deploy/kserve_fields.json.
"""

import json
import sys
from pathlib import Path

import yaml

root = Path(__file__).parents[2]
manifests = root / "deploy/kubernetes/kserve"
resources = {
    "ClusterServingRuntime": "crd-clusterservingruntimes.yaml",
    "InferenceService": "crd-inferenceservices.yaml",
}


def fields(schema, used):
    """The schema as far as the values `used` go into it, strict about names."""
    if schema.get("x-kubernetes-int-or-string"):
        return {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    kept = {key: schema[key] for key in ("type", "enum", "required", "format") if key in schema}
    if "properties" in schema:
        kept["properties"] = {
            name: fields(each, [value[name] for value in used if name in value])
            if any(name in value for value in used)
            else {}
            for name, each in sorted(schema["properties"].items())
        }
        kept["additionalProperties"] = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    elif isinstance(schema.get("additionalProperties"), dict):
        values = [each for value in used for each in value.values()]
        kept["additionalProperties"] = fields(schema["additionalProperties"], values)
    if "items" in schema:
        kept["items"] = fields(schema["items"], [each for value in used for each in value])
    return kept


def main(crds):
    written = {}
    for path in sorted(manifests.glob("*.yaml")):
        manifest = yaml.safe_load(path.read_text())
        if manifest["kind"] not in resources:
            continue
        crd = yaml.safe_load((crds / resources[manifest["kind"]]).read_text())
        version = manifest["apiVersion"].split("/")[1]
        (schema,) = (
            each["schema"]["openAPIV3Schema"]
            for each in crd["spec"]["versions"]
            if each["name"] == version
        )
        schema["properties"]["metadata"] = {"type": "object"}
        written[manifest["kind"]] = fields(schema, [manifest])
    text = json.dumps(written, indent=1, sort_keys=True)
    (root / "tests/deploy/kserve_fields.json").write_text(text + "\n")


main(Path(sys.argv[1]))
