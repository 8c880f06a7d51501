import assert from "node:assert/strict";
import { join } from "node:path";
import { defineTokenizer } from "../../src/text/tokenizer_definition.ts";
import { compareVersions, readTokenizerFiles } from "../../src/text/tokenizer_files.ts";
import { withFiles } from "./tokenizer_golden.ts";

/** The least that a tokenizer.json can be. */
const least = { model: { type: "BPE", vocab: {}, merges: [] } };

Deno.test("a directory needs no more than a tokenizer.json", async () => {
  await withFiles({ "tokenizer.json": "{}" }, async (directory) => {
    assert.deepEqual(await readTokenizerFiles(directory), {
      directory,
      tokenizer: "{}",
      config: undefined,
      specialTokensMap: undefined,
      addedTokens: {},
      model: undefined,
      templates: new Map(),
    });
  });
});

Deno.test("the newest tokenizer.json that is not newer than transformers is read", async () => {
  const fast_tokenizer_files = ["tokenizer.json", "4.0.json", "4.20.1", "5.9", "6.0.0"].map((
    each,
  ) => each.startsWith("tokenizer") ? each : `tokenizer.${each.replace(/\.json$/, "")}.json`);
  const files = Object.fromEntries(fast_tokenizer_files.map((name) => [name, `"${name}"`]));
  const config = { fast_tokenizer_files };
  await withFiles({ ...files, "tokenizer_config.json": config }, async (at) => {
    assert.equal((await readTokenizerFiles(at)).tokenizer, '"tokenizer.5.9.json"');
  });
  await withFiles({ "tokenizer.json": "{}", "tokenizer_config.json": config }, async (at) => {
    await assert.rejects(readTokenizerFiles(at), {
      message: /it has no tokenizer.5.9.json, which/,
    });
  });
});

Deno.test("versions are compared by their numbers", () => {
  assert.ok(compareVersions("4.9", "4.10.0") < 0);
  assert.ok(compareVersions("5.0.0.dev0", "4.57") > 0);
  assert.equal(compareVersions("5", "5.0.0"), 0);
});

Deno.test("special tokens stand as strings, as objects or as null", async () => {
  const config = {
    bos_token: { __type: "AddedToken", content: "<s>", lstrip: false },
    eos_token: "</s>",
    pad_token: null,
    additional_special_tokens: ["<x>"],
  };
  await withFiles({ "tokenizer.json": least, "tokenizer_config.json": config }, async (at) => {
    const { specialTokens, added } = defineTokenizer(await readTokenizerFiles(at));
    assert.deepEqual(specialTokens, { bos_token: "<s>", eos_token: "</s>" });
    const found = added.map(({ content, special, normalized }) => [content, special, normalized]);
    assert.deepEqual(found, [["<s>", true, false], ["</s>", true, false], ["<x>", true, false]]);
  });
});

Deno.test("special_tokens_map.json counts only where the config lists no added tokens", async () => {
  const map = { bos_token: { content: "<map>" }, cls_token: "<cls>" };
  const config = { bos_token: "<config>" };
  const files = { "tokenizer.json": least, "special_tokens_map.json": map };
  await withFiles({ ...files, "tokenizer_config.json": config }, async (at) => {
    const { specialTokens } = defineTokenizer(await readTokenizerFiles(at));
    assert.deepEqual(specialTokens, { bos_token: "<map>", cls_token: "<cls>" });
  });
  const listed = { ...config, added_tokens_decoder: { "7": { content: "<x>", rstrip: true } } };
  await withFiles({ ...files, "tokenizer_config.json": listed }, async (at) => {
    const { specialTokens, added } = defineTokenizer(await readTokenizerFiles(at));
    assert.deepEqual(specialTokens, { bos_token: "<config>" });
    assert.equal(added[0]?.content, "<x>");
    assert.equal(added[0]?.rstrip, true);
  });
});

Deno.test("a template of tokenizer_config.json stands as text or under names", async () => {
  const table: [files: Record<string, unknown>, templates: [string, string][]][] = [
    [{ "tokenizer_config.json": { chat_template: "one" } }, [["default", "one"]]],
    [{ "tokenizer_config.json": { chat_template: null } }, []],
    [
      {
        "tokenizer_config.json": {
          chat_template: [{ name: "default", template: "one" }, { name: "rag", template: "two" }],
        },
      },
      [["default", "one"], ["rag", "two"]],
    ],
    [{ "tokenizer_config.json": { chat_template: { rag: "two" } } }, [["rag", "two"]]],
  ];
  for (const [files, templates] of table) {
    await withFiles({ "tokenizer.json": "{}", ...files }, async (at) => {
      assert.deepEqual([...(await readTokenizerFiles(at)).templates], templates);
    });
  }
});

Deno.test("without tokenizer.json the error says how to get one", async () => {
  const message =
    /^Cannot load the tokenizer of .* no tokenizer\.json, which AutoTokenizer\..*save_pretrained.*: received /;
  await withFiles({ "tokenizer.model": "", "config.json": "{}" }, async (at) => {
    await assert.rejects(readTokenizerFiles(at), { kind: "bad_model", message });
    await assert.rejects(readTokenizerFiles(at), { message: /received tokenizer\.model$/ });
  });
  await assert.rejects(readTokenizerFiles("/no/such/directory"), {
    kind: "bad_model",
    message: /received no tokenizer file at all$/,
  });
});

Deno.test("files that are not what they should be are named", async () => {
  const table: [name: string, content: unknown, message: RegExp][] = [
    ["tokenizer_config.json", "{", /tokenizer_config\.json as it must be JSON: received /],
    ["tokenizer_config.json", [], /tokenizer_config\.json as '' has another form/],
    ["tokenizer_config.json", { fast_tokenizer_files: 5 }, /as 'fast_tokenizer_files' has another/],
    ["added_tokens.json", { "<x>": "7" }, /added_tokens\.json as '<x>' has another form/],
    ["tokenizer_config.json", { chat_template: [{ name: "x" }] }, /as 'chat_template' has another/],
    ["special_tokens_map.json", "nonsense", /special_tokens_map\.json as it must be JSON/],
    ["tokenizer.json", Uint8Array.of(0xc3), /tokenizer\.json as text/],
  ];
  for (const [name, content, message] of table) {
    await withFiles({ "tokenizer.json": "{}", [name]: content }, async (at) => {
      await assert.rejects(readTokenizerFiles(at), { kind: "bad_model", message }, name);
    });
  }
});

Deno.test("a directory in the place of a file is an error, not a missing file", async () => {
  await withFiles({ "tokenizer.json": "{}" }, async (directory) => {
    await Deno.mkdir(join(directory, "special_tokens_map.json"));
    await assert.rejects(readTokenizerFiles(directory), { kind: "bad_model" });
  });
});
