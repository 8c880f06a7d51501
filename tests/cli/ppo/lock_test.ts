import assert from "node:assert/strict";
import { join } from "node:path";
import { lockDirectory } from "../../../src/cli/ppo/lock.ts";
import { temporary } from "../temporary.ts";

Deno.test("a directory is created and locked until the end of the block, and the lock is removed", async () => {
  const directory = join(temporary(), "run", "one");
  {
    using _first = await lockDirectory(directory);
    await assert.rejects(lockDirectory(directory), {
      kind: "bad_usage",
      message: new RegExp(
        `^Cannot train as another process trains in this directory .*: received ${directory}$`,
      ),
    });
    using _other = await lockDirectory(join(directory, "within"));
  }
  (await lockDirectory(directory))[Symbol.dispose]();
  const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  assert.deepEqual(names, ["within"]);
});

Deno.test("the lock file of a killed process does not lock", async () => {
  const directory = temporary();
  await Deno.writeTextFile(join(directory, "lock"), "");
  using _lock = await lockDirectory(directory);
});

Deno.test("a path where no directory can be created is refused by name", async () => {
  const file = join(temporary(), "file");
  await Deno.writeTextFile(file, "");
  for (const directory of [file, join(file, "below")]) {
    await assert.rejects(lockDirectory(directory), {
      kind: "bad_usage",
      message: new RegExp(`--out cannot be written to \\(.+\\): received ${directory}$`),
    });
  }
});

Deno.test("a lock file that its previous owner removed meanwhile is locked anew", async () => {
  const directory = temporary();
  const { tryLock } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.tryLock = async function (exclusive) {
    Deno.FsFile.prototype.tryLock = tryLock;
    await Deno.remove(join(directory, "lock"));
    return await this.tryLock(exclusive);
  };
  try {
    using _lock = await lockDirectory(directory);
    await assert.rejects(lockDirectory(directory), { kind: "bad_usage" });
  } finally {
    Deno.FsFile.prototype.tryLock = tryLock;
  }
});

Deno.test("unlocking works after the directory was removed", async () => {
  const directory = join(temporary(), "run");
  const lock = await lockDirectory(directory);
  await Deno.remove(directory, { recursive: true });
  lock[Symbol.dispose]();
});
