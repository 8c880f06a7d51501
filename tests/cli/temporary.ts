/**
 * Directories for the files of a test, which go when the tests of its file are over.
 *
 * @module
 */

const made: string[] = [];

Deno.test.afterAll(() => {
  for (const path of made) Deno.removeSync(path, { recursive: true });
});

/** A new empty directory. */
export function temporary(): string {
  const path = Deno.makeTempDirSync({ prefix: "abacus-" });
  made.push(path);
  return path;
}
