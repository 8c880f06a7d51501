/**
 * Directories as the hub has them, tried as a new user would: inspected, served, asked over HTTP, and
 * compared with transformers. tests/oracle/hub_directories.py makes them on the spot.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { RewardReply } from "../../src/wire/reply.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { assertClose } from "../support/golden_model.ts";
import { findPython } from "../support/python.ts";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";
import { Program, startServer } from "./program.ts";

/** A directory, and what transformers answers. */
interface HubDirectory {
  readonly name: string;
  /** What serve is started with. */
  readonly flags: readonly string[];
  readonly answers: readonly Answer[];
}

interface Answer {
  readonly prompt?: string;
  readonly messages?: readonly unknown[];
  readonly completion: string;
  /** The whole sequence. */
  readonly ids: readonly number[];
  /** Where the completion's tokens are in it; absent where the model reads others in their place. */
  readonly own?: readonly number[];
  /** Where the score is read; null for a mean. */
  readonly position: number | null;
  readonly score: number;
  /** What the pooled position gives each of the completion's tokens, in the last layer. */
  readonly attention?: readonly number[];
  /** What a process reward model says of each step. */
  readonly steps?: readonly number[];
}

const python = slow === undefined ? await findPython(["torch", "transformers"]) : undefined;

async function directoriesIn(folder: string): Promise<HubDirectory[]> {
  const script = fileURLToPath(new URL("../oracle/hub_directories.py", import.meta.url));
  const command = new Deno.Command(python!, { args: [script, folder], stderr: "inherit" });
  const { stdout, success } = await command.output();
  assert.ok(success, "the oracle ends well");
  const [, ...lines] = new TextDecoder().decode(stdout).trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

async function ask(url: string, model: string, answer: Answer): Promise<RewardReply> {
  const { prompt, messages, completion, steps } = answer;
  const method = steps === undefined ? "abc" : "steps";
  const completions = [completion];
  const item = messages === undefined ? { prompt, completions } : { messages, completions };
  const response = await fetch(`${url}/v1/rewards`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, items: [item], credit: { method, beta: 1 } }),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

/** The ids, the score, the law of sums, and what else transformers tells. */
function expectSame(reply: RewardReply, answer: Answer): void {
  const { ids, own, position, score, attention, steps } = answer;
  const [found] = reply.items[0]!.completions;
  assert.ok(found !== undefined);
  assert.equal(reply.usage.tokens, ids.length);
  if (own !== undefined) assert.deepEqual(found.token_ids, own.map((at) => ids[at]));
  const readAt = position === null ? undefined : { position, token_id: ids[position] };
  assert.deepEqual(found.read_at, readAt);
  assertClose([found.score], [score], { tolerance: 1e-3, what: "score" });
  const rewards = found.rewards as number[];
  const total = rewards.reduce((sum, reward) => sum + reward, 0);
  assertClose([total + (found.offset ?? 0)], [found.score], { tolerance: 1e-5, what: "sum" });
  if (attention !== undefined) {
    const weights = (found.credit as number[]).map((share) => share * found.response_mass!);
    assertClose(weights, attention, { tolerance: 1e-4, what: "attention" });
  }
  if (steps !== undefined) {
    const scores = found.steps!.map(({ score }) => score);
    assertClose(scores, steps, { tolerance: 1e-3, what: "steps" });
  }
}

testWhere({
  name: "directories as the hub has them are served with the numbers of transformers",
  missing: slow ?? (python === undefined ? "no Python with torch and transformers" : undefined),
  async fn(context) {
    await using folder = await temporaryDirectory();
    const directories = await directoriesIn(folder.path);
    const alike = Map.groupBy(directories, ({ flags }) => JSON.stringify(flags));
    for (const group of alike.values()) {
      const models = group.map(({ name }) => `--model=${name}=${folder.path}/${name}`);
      const { flags } = group[0]!;
      await using server = await startServer([...models, ...flags, "--device=cpu", "--threads=1"]);
      for (const { name, answers } of group) {
        await context.step(name, async (context) => {
          for (const [at, answer] of answers.entries()) {
            const shown = `${at} ${answer.messages === undefined ? "text" : "chat"}`;
            await context.step(shown, async () => {
              expectSame(await ask(server.url, name, answer), answer);
            });
          }
        });
      }
    }
    for (const { name, flags } of directories) {
      await context.step(`${name} is inspected`, async () => {
        await using program = new Program("inspect", [`${folder.path}/${name}`, ...flags]);
        assert.equal(await program.ended(), 0, program.notes);
      });
    }
    await context.step("what has SentencePiece's file alone says what to run", async () => {
      const directory = `${folder.path}/internlm2-1_8b-reward`;
      await Deno.remove(`${directory}/tokenizer.json`);
      await using program = new Program("serve", [`--model=${directory}`, "--port=0"]);
      assert.notEqual(await program.ended(), 0);
      assert.match(program.notes, /\.save_pretrained\(directory\) .* received tokenizer\.model/);
    });
  },
});
