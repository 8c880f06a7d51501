/**
 * Builds the client as an npm package without dependencies: its modules as JavaScript with
 * declarations, and the types of the wire printed from the schemas in the place of `src/wire/`.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { errorBodySchema } from "../../wire/error.ts";
import { modelsReplySchema } from "../../wire/models.ts";
import { rewardReplySchema } from "../../wire/reply.ts";
import { rewardRequestSchema } from "../../wire/request.ts";
import { type JsonSchema, printDefinitions } from "./print_type.ts";

/** The name in the registry. */
export const packageName = "abacus-rewards";

/**
 * Builds the package's folder, ready for `npm pack`.
 *
 * @param directory an empty folder
 * @throws {Error} with the compiler's message where the types do not agree
 */
export async function buildPackage(directory: string): Promise<void> {
  const staged = await Deno.makeTempDir();
  try {
    const names = await stage(staged);
    await transpile(staged, names);
    await collect(join(staged, "built"), directory);
  } finally {
    await Deno.remove(staged, { recursive: true });
  }
  await Deno.copyFile(inRepository("LICENSE"), join(directory, "LICENSE"));
  await Deno.copyFile(inRepository("docs/client.md"), join(directory, "README.md"));
  const { version, license } = JSON.parse(await Deno.readTextFile(inRepository("deno.json")));
  const manifest = JSON.stringify(manifestOf({ version, license }), null, 2);
  await Deno.writeTextFile(join(directory, "package.json"), `${manifest}\n`);
}

/** The source of a module that exports the wire's types, under the names that `src/wire/` has. */
export function wireTypes(): string {
  const schemas = [
    z.toJSONSchema(rewardRequestSchema(), { io: "input" }),
    z.toJSONSchema(rewardReplySchema(), { io: "output" }),
    z.toJSONSchema(errorBodySchema(), { io: "output" }),
    z.toJSONSchema(modelsReplySchema(), { io: "output" }),
  ];
  // Zod's type of a JSON schema is wider than what the printer knows, which throws at the rest.
  const types = new Map(schemas.flatMap((schema) => [...printDefinitions(schema as JsonSchema)]));
  return [
    "/**\n * The types of what crosses the network, as the server documents them.\n *\n * @module\n */\n",
    ...types.values(),
    "/** A request as callers may write it. */\nexport type RewardRequestInput = RewardRequest;\n",
  ].join("\n");
}

function inRepository(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

/** Copies the client's modules beside one module of the wire's types. @returns the files' names */
async function stage(directory: string): Promise<string[]> {
  const names = ["wire.ts"];
  await Deno.writeTextFile(join(directory, "wire.ts"), wireTypes());
  for await (const { name, isFile } of Deno.readDir(inRepository("src/client"))) {
    if (!isFile) continue;
    const source = await Deno.readTextFile(inRepository(`src/client/${name}`));
    const text = withoutExamples(source).replaceAll(/"\.\.\/wire\/\w+\.ts"/g, '"./wire.ts"');
    await Deno.writeTextFile(join(directory, name), text);
    names.push(name);
  }
  return names;
}

/** Examples run as tests of the repository, with fakes that the package does not contain. */
function withoutExamples(source: string): string {
  return source.replaceAll(/\n \*\n \* @example[^]*?\n \*\//g, "\n */");
}

async function transpile(directory: string, names: readonly string[]): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["transpile", "--no-config", "--declaration", "--outdir", "built", ...names],
    cwd: directory,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await command.output();
  if (success) return;
  throw new Error(
    `Cannot build the package as it does not compile: ${new TextDecoder().decode(stderr)}`,
  );
}

/** Copies the compiled modules, and has their imports name JavaScript. */
async function collect(from: string, to: string): Promise<void> {
  for await (const { name } of Deno.readDir(from)) {
    if (name === "wire.js") continue; // Types only.
    const text = await Deno.readTextFile(join(from, name));
    // The compiler writes the path of the source.
    const clean = text.replaceAll(/^\/\/\/ <amd-module .*\n/gm, "");
    await Deno.writeTextFile(join(to, name), clean.replaceAll(/"(\.\/\w+)\.ts"/g, '"$1.js"'));
  }
}

function manifestOf({ version, license }: { version: string; license: string }) {
  return {
    name: packageName,
    version,
    description: "Client of Abacus, a server for reward models: a score and a reward per token",
    license,
    type: "module",
    engines: { node: ">=20" },
    sideEffects: false,
    exports: { ".": { types: "./mod.d.ts", default: "./mod.js" } },
    types: "./mod.d.ts",
    files: ["*.js", "*.d.ts"],
  };
}
