/**
 * `pull`: downloads a model from the hub, and resumes an interrupted pull.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { formatBytes } from "../files.ts";
import { type PulledModel, pullModel, type PullOptions } from "../model/hub/pull_model.ts";
import { settingsSchema } from "../settings.ts";
import { type Call, type Command, defineCommand, STOPPED, type Terminal } from "./command.ts";
import { type Progress, startProgress } from "./progress.ts";

type Setting = "models" | "revision" | "hubToken";

/** The command. */
export const pull: Command<Setting> = pullCommand();

/** The command for another hub than the public one, or with another clock. */
export function pullCommand(hub: Pick<PullOptions, "hubUrl" | "sleep"> = {}): Command<Setting> {
  return defineCommand({
    operands: [{ name: "ID", help: "the model on the hub, as owner/name" }],
    settings: ["models", "revision", "hubToken"],
    async run(call) {
      try {
        summarise(call, await pullWatched(call, hub));
        return 0;
      } catch (error) {
        if (!(error instanceof AbacusError && error.kind === "cancelled")) throw error;
        call.terminal.note("stopped; the same command resumes there");
        return STOPPED;
      }
    },
  });
}

/** Shows the bar as soon as the total is known, and always removes it. */
async function pullWatched(
  { operands: [id = ""], settings, terminal, signal }: Call<Setting>,
  hub: Pick<PullOptions, "hubUrl" | "sleep">,
): Promise<PulledModel> {
  let progress: Progress | undefined;
  try {
    return await pullModel(id, {
      hubUrl: inherited("HF_ENDPOINT"),
      ...hub,
      into: settings.models,
      revision: settings.revision,
      token: settings.hubToken ?? inherited("HF_TOKEN"),
      signal,
      onProgress({ doneBytes, totalBytes }) {
        progress ??= startBar(terminal, { doneBytes, totalBytes });
        progress.update(doneBytes);
      },
    });
  } finally {
    progress?.stop();
  }
}

/** A variable of Hugging Face's own tools, where the program may read it. */
function inherited(name: "HF_ENDPOINT" | "HF_TOKEN"): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

function startBar(
  terminal: Terminal,
  { doneBytes, totalBytes }: { doneBytes: number; totalBytes: number },
): Progress {
  return startProgress(terminal, {
    label: "pulling",
    unit: "MB",
    total: totalBytes,
    from: doneBytes,
    show: megabytes,
  });
}

function megabytes(count: number): string {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return (count / 1e6).toLocaleString("en-US", digits);
}

/** Prints the directory, which is the result, and notes the rest. */
function summarise(
  { operands: [id], settings: { models }, terminal }: Call<Setting>,
  { directory, commit, files, bytes: total, fetchedBytes, base }: PulledModel,
): void {
  const news = fetchedBytes === 0 ? "nothing new" : `${formatBytes(fetchedBytes)} new`;
  terminal.note(
    `pulled ${id} at commit ${commit.slice(0, 7)}: ${files.length} files, ${
      formatBytes(total)
    }, ${news}`,
  );
  if (base !== undefined) {
    terminal.note(`it is an adapter of ${base}, which is needed too: deno task pull ${base}`);
  }
  if (base === undefined && !files.includes("tokenizer.json")) {
    terminal.note(
      "it has no tokenizer.json, without which it cannot be served; in Python, " +
        "AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR) of transformers may write one",
    );
  }
  const usual = models === settingsSchema.shape.models.safeParse(undefined).data;
  const place = usual ? "" : ` --models ${models}`;
  terminal.note(`serve it with: deno task serve${place} --model ${id}`);
  terminal.print(directory);
}
