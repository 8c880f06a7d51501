/**
 * The package as its users have it: installed from its archive, without a network, in a project of
 * its own; imported by Node, checked by TypeScript.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageName } from "../../../src/client/package/build.ts";
import { packClient } from "../../../src/client/package/pack.ts";
import { testWhere } from "../../support/test_where.ts";
import { serveRudely } from "../rude_server.ts";
import { expectedOutcomes, manners, stories, storyItems } from "../stories.ts";

/** Why there is no Node to try; undefined where there is one that is new enough. */
function missingNode(): string | undefined {
  try {
    const { stdout } = new Deno.Command("node", { args: ["--version"] }).outputSync();
    const version = new TextDecoder().decode(stdout).trim();
    const isOld = Number(/^v(\d+)/.exec(version)?.[1] ?? 0) < 20;
    if (isOld) return `node is ${version}, older than 20`;
    new Deno.Command("npm", { args: ["--version"] }).outputSync();
    return undefined;
  } catch {
    return "node or npm is not installed";
  }
}

/** Runs a program; what it printed. @throws {Error} with its words where it fails */
async function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  const env = { NO_COLOR: "1", npm_config_update_notifier: "false" };
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd, env }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`Cannot run ${program} ${args.join(" ")}: ${decode(stderr)}`);
  return decode(stdout);
}

/** A project that has installed the package. */
async function project(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.realPath(await Deno.makeTempDir());
  const archive = await packClient(path);
  const manifest = JSON.stringify({ name: "trainer", version: "1.0.0", type: "module" });
  await Deno.writeTextFile(join(path, "package.json"), manifest);
  const quiet = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  await run(path, "npm", "install", `./${archive}`, ...quiet);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** The examples of the package's page that are not marked to be left alone. */
async function examplesOf(path: string): Promise<string[]> {
  const page = await Deno.readTextFile(path);
  return Array.from(page.matchAll(/^```ts\n([^]*?)^```$/gm), ([, code = ""]) => code);
}

const program = `
import * as client from "${packageName}";
import { outcomesOf } from "./outcomes.js";
const plan = JSON.parse(process.argv[2]);
console.log(JSON.stringify(await outcomesOf(client, plan)));
`;

const typed = `
import { type CompletionRewards, RewardClient, RewardClientError } from "${packageName}";

const frozen = [{ prompt: "a", completions: ["b"], token_spans: [[[0, 1]]] }] as const;

export async function rewardsOf(url: string): Promise<CompletionRewards[]> {
  const client = new RewardClient({ url, credit: { method: "red" }, timeoutMs: 1_000 });
  try {
    const { items, usage } = await client.score(frozen);
    const total: number = usage.tokens + (items[0]?.completions[0]?.rewards.at(0) ?? 0);
    return Number.isFinite(total) ? items.flatMap(({ completions }) => completions) : [];
  } catch (error) {
    if (error instanceof RewardClientError && error.kind === "too_long") return [];
    throw error;
  }
}

// @ts-expect-error a method that there is not
export const wrongMethod = new RewardClient({ url: "", credit: { method: "abcd" } });
// @ts-expect-error an item of no form
export const wrongItem = new RewardClient({ url: "" }).score([{ prompt: "a" }]);
// @ts-expect-error a kind that there is not
export const wrongKind = new RewardClientError("gone", "");
`;

testWhere({
  name: "the installed package works in Node and brings its types",
  missing: missingNode(),
  async fn(context) {
    await using trainer = await project();
    await context.step("in Node it has every outcome that it has in Deno", async () => {
      const outcomes = fileURLToPath(new URL("../outcomes.js", import.meta.url));
      await Deno.copyFile(outcomes, join(trainer.path, "outcomes.js"));
      await Deno.writeTextFile(join(trainer.path, "program.js"), program);
      await using server = serveRudely(manners);
      const names = [...stories.keys()];
      const plan = JSON.stringify({ url: server.url, stories: names, items: storyItems });
      const printed = await run(trainer.path, "node", "program.js", plan);
      assert.deepEqual(JSON.parse(printed), await expectedOutcomes(names));
    });

    await context.step(
      "its types fit its page's examples and refuse what the server would",
      async () => {
        const page = join(trainer.path, "node_modules", packageName, "README.md");
        const examples = await examplesOf(page);
        assert.ok(examples.length >= 4);
        const sources = new Map([["typed.ts", typed]]);
        for (const [i, example] of examples.entries()) sources.set(`example_${i}.ts`, example);
        for (const [name, text] of sources) {
          await Deno.writeTextFile(join(trainer.path, name), text);
        }
        const config = {
          nodeModulesDir: "manual",
          compilerOptions: { exactOptionalPropertyTypes: true },
        };
        await Deno.writeTextFile(join(trainer.path, "deno.json"), JSON.stringify(config));
        await run(trainer.path, Deno.execPath(), "check", ...sources.keys());
      },
    );
  },
});
