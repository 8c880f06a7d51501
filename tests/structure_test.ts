/**
 * Holds the repository to its shape: import directions, single importers, budgets, mirrored tests.
 * The rules and their exceptions are in structure/rules.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { factsOf, type FileFacts } from "./structure/facts.ts";
import {
  budgets,
  effectful,
  exceptions,
  mayImport,
  soleImporters,
  tables,
  untested,
} from "./structure/rules.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = list("src", /\.(ts|js)$/).map((path) => factsOf(path, read(path)));
const typescript = files.filter(({ path }) => path.endsWith(".ts"));
const tests = list("tests", /_test\.ts$/).map((path) => factsOf(path, read(path)));

function list(folder: string, name: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => name.test(path))
    .map((path) => join(folder, path))
    .toSorted();
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The part of src/ a path belongs to: its folder, or at the top its name up to the first `_`. */
function partOf(path: string): string {
  return (path.split("/")[1] ?? "").replace(/(_\w+)?\.[tj]s$/, "");
}

/** The path of a source file or folder among the tests, without an ending. */
function mirrorOf(path: string): string {
  return path.replace(/^src/, "tests").replace(/\.ts$/, "");
}

/**
 * Whether there is a test of the file's name, or one that imports the file and lies in the mirrored
 * folder, has that folder's name, or is a contract that several parts hold.
 */
function isTested(path: string): boolean {
  const folder = mirrorOf(dirname(path));
  return tests.some((test) =>
    test.path === `${mirrorOf(path)}_test.ts` ||
    test.imports.includes(path) &&
      (dirname(test.path) === folder || test.path === `${folder}_test.ts` ||
        test.path.startsWith("tests/contracts/"))
  );
}

function isExcepted(path: string, budget: keyof typeof budgets): boolean {
  return exceptions[path]?.[budget] !== undefined;
}

/** Fails with every finding on a line of its own. */
function none(findings: readonly string[]): void {
  assert.equal(findings.length, 0, `\n${findings.join("\n")}\n`);
}

Deno.test("every part imports only what it may, and nothing upward", () => {
  none(files.flatMap(({ path, imports }) => {
    const part = partOf(path);
    const allowed = mayImport[part];
    if (allowed === undefined) return [`${path}: no rule for the part '${part}'`];
    return imports.filter((each) => each.startsWith("src/"))
      .filter((each) => partOf(each) !== part && !allowed.includes(partOf(each)))
      .map((each) => `${path} imports ${each}`);
  }));
});

Deno.test("the rules of import have no circle", () => {
  const visit = (part: string, trail: readonly string[]): string[] => {
    if (trail.includes(part)) return [[...trail, part].join(" > ")];
    return (mayImport[part] ?? []).flatMap((next) => visit(next, [...trail, part]));
  };
  none(Object.keys(mayImport).flatMap((part) => visit(part, [])));
});

Deno.test("every permission to import is used", () => {
  const used = new Set(
    files.flatMap(({ path, imports }) =>
      imports.filter((each) => each.startsWith("src/"))
        .map((each) => `${partOf(path)} > ${partOf(each)}`)
    ),
  );
  none(
    Object.entries(mayImport)
      .flatMap(([part, others]) => others.map((other) => `${part} > ${other}`))
      .filter((permission) => !used.has(permission))
      .map((permission) => `${permission} is allowed and not used`),
  );
});

Deno.test("no file of src imports the tests", () => {
  none(
    files.flatMap(({ path, imports }) =>
      imports.filter((each) => each.startsWith("tests/")).map((each) => `${path} imports ${each}`)
    ),
  );
});

Deno.test("a package that belongs to one part is imported there alone", () => {
  const ownersOf = (imported: string) =>
    Object.keys(soleImporters)
      .filter((name) => imported === name || imported.startsWith(`${name}/`))
      .toSorted((a, b) => b.length - a.length)
      .map((name) => [soleImporters[name]!].flat())[0];
  none(
    files.flatMap(({ path, imports }) =>
      imports.filter((each) => ownersOf(each)?.includes(partOf(path)) === false)
        .map((each) => `${path} imports ${each}, which belongs to ${ownersOf(each)}`)
    ),
  );
});

Deno.test("every package is imported by its name in deno.json, with an exact version there", () => {
  const { imports } = JSON.parse(read("deno.json")) as { imports: Record<string, string> };
  none(
    Object.entries(imports)
      .filter(([name, target]) => !new RegExp(`^npm:${name}@\\d+\\.\\d+\\.\\d+$`).test(target))
      .map(([name, target]) => `deno.json: ${name} is ${target}`),
  );
  none(
    files.flatMap(({ path, imports: used }) =>
      used.filter((each) => /^(npm|jsr|https?):/.test(each)).map((each) =>
        `${path} imports ${each}`
      )
    ),
  );
});

Deno.test("files stay short", () => {
  none(files.flatMap(({ path, lines }) => {
    const architecture = path.startsWith("src/architectures/");
    const longest = tables[path] !== undefined
      ? budgets.tableLines
      : architecture
      ? budgets.architectureLines
      : budgets.fileLines;
    if (lines <= longest || isExcepted(path, "fileLines")) return [];
    return [`${path}: ${lines} lines, at most ${longest}`];
  }));
});

Deno.test("functions stay short and take few parameters", () => {
  none(
    files.flatMap(({ path, functions }) =>
      functions.flatMap(({ name, line, lines, parameters, exported }) => [
        ...lines > budgets.functionLines && !isExcepted(path, "functionLines")
          ? [`${path}:${line}: ${name} has ${lines} lines`]
          : [],
        ...exported && parameters > budgets.parameters && !isExcepted(path, "parameters")
          ? [`${path}:${line}: ${name} takes ${parameters} parameters`]
          : [],
      ])
    ),
  );
});

Deno.test("files export little", () => {
  none(
    typescript.flatMap(({ path, exports }) =>
      exports.length <= budgets.exports || path === "src/mod.ts" || isExcepted(path, "exports")
        ? []
        : [`${path}: exports ${exports.length} names`]
    ),
  );
});

Deno.test("every file begins by saying what it holds, and explains itself further on", () => {
  none(files.flatMap(({ path, moduleComment, commentShare }) => [
    ...moduleComment || path.endsWith(".js") ? [] : [`${path}: no module comment`],
    ...commentShare >= budgets.commentShare || isExcepted(path, "commentShare")
      ? []
      : [`${path}: ${Math.round(100 * commentShare)} % of its lines are comments`],
  ]));
});

Deno.test("nothing runs when a module is loaded", () => {
  none(
    typescript.flatMap(({ path, effects }) =>
      effectful[path] === undefined ? effects.map((line) => `${path}:${line}`) : []
    ),
  );
});

Deno.test("no file writes to the console", () => {
  none(typescript.flatMap(({ path, console }) => console.map((line) => `${path}:${line}`)));
});

Deno.test("every file has a test of its name or one that imports it, or a reason why not", () => {
  none(typescript.flatMap(({ path, exports }) => {
    const onlyTypes = exports.length > 0 && exports.every(({ type }) => type);
    return onlyTypes || isTested(path) || untested[path] !== undefined
      ? []
      : [`${path}: no ${mirrorOf(path)}_test.ts, and no test of its folder imports it`];
  }));
});

Deno.test("every exception is still needed", () => {
  const known = new Map<string, FileFacts>(files.map((file) => [file.path, file]));
  const named = [tables, exceptions, effectful, untested].flatMap(Object.keys);
  none(named.filter((path) => !known.has(path)).map((path) => `${path} is not there`));
  none(Object.keys(untested).filter(isTested).map((path) => `${path} has a test`));
  none(
    Object.keys(effectful)
      .filter((path) => known.get(path)?.effects.length === 0)
      .map((path) => `${path} does nothing when loaded`),
  );
});

Deno.test("tests are as long as what they test", () => {
  const count = (paths: readonly string[]) =>
    paths.reduce((sum, path) => sum + read(path).split("\n").length, 0);
  const source = count(files.map(({ path }) => path));
  const tests = count(list("tests", /\.ts$/));
  assert.ok(tests >= budgets.testShare * source, `${tests} lines of tests for ${source} of source`);
});

Deno.test("tests are skipped in one place only, and none runs alone", () => {
  const skipping = /\bDeno\.test\.(only|ignore)\b|(^|[{,])\s*(only|ignore)\s*:(?!\s*\()/m;
  none(
    list("tests", /_test\.ts$/)
      .filter((path) => path !== "tests/structure_test.ts" && skipping.test(read(path)))
      .map((path) => `${path} skips by itself; tests/support/test_where.ts does so with a reason`),
  );
});
