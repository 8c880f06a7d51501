/**
 * The manifests of deploy/kubernetes: rendered by kustomize, held to Kubernetes' and KServe's own schemas, and to what
 * the server really is (its settings, routes, metrics, exit codes and image).
 *
 * @module
 */

import assert from "node:assert/strict";
import { helpOf, type SettingName, settingsSchema } from "../../src/settings.ts";
import { fakeApp } from "../http/fake_app.ts";
import { findPython } from "../support/python.ts";
import { testWhere } from "../support/test_where.ts";

const modules = ["jsonschema", "kubernetes_validate", "yaml"];
const environments = [Deno.env.get("ABACUS_DEPLOY_PYTHON"), ".venv-deploy/bin/python"];
const python = await findPython(modules, environments);
const missing = python === undefined ? `no Python with ${modules.join(", ")}` : undefined;

/** As far as the tests look into one. */
interface Manifest {
  readonly kind: string;
  // deno-lint-ignore no-explicit-any
  readonly spec: any;
}

interface Rendered {
  readonly rendered: Readonly<Record<string, readonly Manifest[]>>;
  readonly errors: readonly string[];
}

async function render(...folders: readonly string[]): Promise<Rendered> {
  const args = ["tests/deploy/render.py", ...folders];
  const { success, stdout, stderr } = await new Deno.Command(python ?? "", { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const root = "deploy/kubernetes";
const folders = ["overlays/cpu", "overlays/cuda", "job", "kserve"].map((name) => `${root}/${name}`);

/** The pod of a manifest that makes pods. */
function podOf({ spec }: Manifest) {
  return spec.template?.spec ?? spec;
}

function oneOf(manifests: readonly Manifest[], kind: string): Manifest {
  const [found, ...others] = manifests.filter((each) => each.kind === kind);
  assert.ok(found !== undefined && others.length === 0, `${kind}: ${others.length + 1}`);
  return found;
}

testWhere({
  name: "every manifest is one that Kubernetes and KServe take, and every variable is a setting",
  missing,
  async fn() {
    const { rendered, errors } = await render(...folders);
    assert.deepEqual(errors, []);
    const names = Object.keys(settingsSchema.shape) as SettingName[];
    const known = new Set(names.map((name) => helpOf(name).variable));
    const containers = Object.values(rendered).flat().flatMap((each) =>
      podOf(each).containers ?? []
    );
    const variables = containers.flatMap(({ env = [] }) =>
      env.map(({ name }: { name: string }) => name)
    );
    assert.ok(variables.length >= 10);
    for (const name of variables) assert.ok(known.has(name), `${name} is no setting`);
    const flags = containers.flatMap(({ args = [] }: { args: string[] }) =>
      args.filter((word) => word.startsWith("--"))
    );
    const knownFlags = new Set(names.map((name) => `--${helpOf(name).flag.replace(/^-*/, "")}`));
    assert.ok(flags.length >= 2);
    for (const flag of flags) assert.ok(knownFlags.has(flag), `${flag} is no flag`);
  },
});

testWhere({
  name: "a field that Kubernetes or KServe does not know is refused",
  missing,
  async fn() {
    const copy = await Deno.makeTempDir();
    try {
      for (
        const [folder, file, from, to] of [
          ["overlays/cpu", "base/service.yaml", "targetPort", "targetPorts"],
          ["kserve", "kserve/inference-service.yaml", "minReplicas", "minReplica"],
        ] as const
      ) {
        await new Deno.Command("cp", { args: ["-r", root, `${copy}/${folder.replace("/", "-")}`] })
          .output();
        const at = `${copy}/${folder.replace("/", "-")}`;
        const text = await Deno.readTextFile(`${at}/${file}`);
        await Deno.writeTextFile(`${at}/${file}`, text.replace(from, to));
        const { errors } = await render(`${at}/${folder}`);
        assert.equal(errors.length, 1, errors.join("\n"));
        assert.match(errors[0]!, new RegExp(to));
      }
    } finally {
      await Deno.remove(copy, { recursive: true });
    }
  },
});

testWhere({
  name:
    "a deployment drains before it is killed, is asked on its own routes, and scales by a metric that is there",
  missing,
  async fn() {
    const { rendered: { [folders[0]!]: manifests } } = await render(folders[0]!);
    const pod = podOf(oneOf(manifests!, "Deployment"));
    const [container] = pod.containers;
    const valueOf = (name: string) =>
      Number(container.env.find((each: { name: string }) => each.name === name).value);
    const { seconds } = container.lifecycle.preStop.sleep;
    assert.ok(pod.terminationGracePeriodSeconds > seconds + valueOf("ABACUS_DRAIN_MS") / 1_000);
    assert.equal(valueOf("ABACUS_THREADS"), Number(container.resources.requests.cpu));
    assert.equal(container.readinessProbe.httpGet.path, "/readyz");
    assert.equal(container.livenessProbe.httpGet.path, "/healthz");
    const [{ pods: { metric } }] = oneOf(manifests!, "HorizontalPodAutoscaler").spec.metrics;
    const exported = await (await fakeApp().app.request("/metrics")).text();
    assert.match(exported, new RegExp(`^# TYPE ${metric.name} gauge$`, "m"));
    const { spec: { ports: [port] } } = oneOf(manifests!, "Service");
    assert.equal(port.targetPort, container.ports[0].name);
  },
});

testWhere({
  name: "the image reads what the manifests mount, and runs as the user that they name",
  missing,
  async fn() {
    const dockerfile = await Deno.readTextFile("Dockerfile");
    const readable = /--allow-read=([^"]*)/.exec(dockerfile)![1]!.split(",");
    const { rendered } = await render(...folders);
    const pods = Object.values(rendered).flat().filter(({ kind }) =>
      /^(Deployment|Job)$/.test(kind)
    )
      .map(podOf);
    for (const { containers: [container], securityContext } of pods) {
      assert.match(
        dockerfile,
        new RegExp(`^USER ${securityContext.runAsUser}:${securityContext.runAsGroup}$`, "m"),
      );
      for (const { mountPath } of container.volumeMounts) {
        assert.ok(readable.includes(mountPath), mountPath);
      }
    }
    const [runtime] = rendered[`${root}/kserve`]!;
    const model = runtime!.spec.containers[0].args.at(2);
    assert.ok(readable.includes(model), model);
  },
});

testWhere({
  name: "a model and monitoring can be added to an overlay",
  missing,
  async fn() {
    const folder = await Deno.makeTempDir({ dir: root });
    try {
      const text = JSON.stringify({
        apiVersion: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        resources: ["../overlays/cpu"],
        components: ["../components/model", "../components/monitoring"],
      });
      await Deno.writeTextFile(`${folder}/kustomization.yaml`, text);
      const { rendered: { [folder]: manifests }, errors } = await render(folder);
      assert.deepEqual(errors, []);
      const [container] = podOf(oneOf(manifests!, "Deployment")).containers;
      const model = container.env.find(({ name }: { name: string }) =>
        name === "ABACUS_MODEL"
      ).value;
      const mounts = container.volumeMounts.map(({ mountPath }: { mountPath: string }) =>
        mountPath
      );
      assert.ok(
        mounts.some((path: string) => model.startsWith(`${path}/`)),
        `${model} in ${mounts}`,
      );
      const [endpoint] = oneOf(manifests!, "ServiceMonitor").spec.endpoints;
      const { spec: { ports: [port] } } = oneOf(manifests!, "Service");
      assert.deepEqual(endpoint, { port: port.name, path: "/metrics", interval: "15s" });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
