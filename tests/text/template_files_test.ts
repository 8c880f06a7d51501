import assert from "node:assert/strict";
import { join } from "node:path";
import { readChoice, readTemplates } from "../../src/text/template_files.ts";

const configured = new Map([["default", "configured"], ["tool_use", "tools"]]);

/** A directory with these files. */
async function withFiles(
  files: Readonly<Record<string, string>>,
  run: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(directory, "additional_chat_templates"));
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(directory, name), text);
    }
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const rows: readonly (readonly [string, Record<string, string>, [string, string][]])[] = [
  ["no file leaves those of tokenizer_config.json", {}, [...configured]],
  ["chat_template.jinja is the only one", { "chat_template.jinja": "a" }, [["default", "a"]]],
  [
    "additional templates have the names of their files",
    {
      "chat_template.jinja": "a",
      "additional_chat_templates/rag.jinja": "b",
      "additional_chat_templates/x.y.jinja": "c",
      "additional_chat_templates/notes.txt": "d",
    },
    [["default", "a"], ["rag", "b"], ["x.y", "c"]],
  ],
  [
    "additional templates alone leave no default",
    { "additional_chat_templates/rag.jinja": "b" },
    [["rag", "b"]],
  ],
];

for (const [name, files, expected] of rows) {
  Deno.test(name, () =>
    withFiles(files, async (directory) => {
      assert.deepEqual([...await readTemplates(directory, configured)], expected);
    }));
}

Deno.test("too many or too large templates are refused by the name of their place", async () => {
  const many = Array.from(
    { length: 257 },
    (_, at) => [`additional_chat_templates/${at}.jinja`, ""],
  );
  await withFiles(Object.fromEntries(many), async (directory) => {
    await assert.rejects(readTemplates(directory, configured), {
      kind: "bad_model",
      message: /additional_chat_templates as it may hold at most 256 templates: received 257/,
    });
  });
  await withFiles({ "chat_template.jinja": "x".repeat(2 ** 20 + 1) }, async (directory) => {
    await assert.rejects(readTemplates(directory, configured), /chat_template.jinja/);
  });
});

Deno.test("what is no text, or no file, is named", async () => {
  await withFiles({}, async (directory) => {
    await Deno.writeFile(join(directory, "chat_template.jinja"), Uint8Array.of(0xff, 0xfe, 0));
    await assert.rejects(readTemplates(directory, configured), /chat_template\.jinja as text/);
    await Deno.remove(join(directory, "chat_template.jinja"));
    await Deno.mkdir(join(directory, "chat_template.jinja"));
    await assert.rejects(readTemplates(directory, configured), { kind: "bad_model" });
  });
});

Deno.test("a choice is a name, none, a template, or a file", async () => {
  for (const choice of [undefined, "none", "tool_use", "{{ messages }}"]) {
    assert.equal(await readChoice(choice, configured), choice);
  }
  await withFiles({ "chat_template.jinja": "text" }, async (directory) => {
    assert.equal(await readChoice(join(directory, "chat_template.jinja"), configured), "text");
  });
  await assert.rejects(readChoice("nowhere.jinja", configured), {
    kind: "bad_usage",
    message: /which are default, tool_use: received 'nowhere.jinja'$/,
  });
  await assert.rejects(readChoice("nowhere.jinja", new Map()), /which are none at all: received/);
});
