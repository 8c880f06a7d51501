import assert from "node:assert/strict";
import fc from "fast-check";
import { operationNames } from "../../../src/weights/torch/operation_names.ts";
import { PickleBytes } from "../../../src/weights/torch/pickle_bytes.ts";
import { Dict, List, type PickleValue } from "../../../src/weights/torch/pickle_value.ts";
import { Storages } from "../../../src/weights/torch/storages.ts";
import { Unfit } from "../../../src/weights/torch/unfit.ts";
import { unpickle } from "../../../src/weights/torch/unpickle.ts";
import { latin, pickle, storage, tensor, text } from "./pickles.ts";

const read = (operations: string) => unpickle(pickle(operations), new Storages());

const plain: [what: string, operations: string, value: PickleValue][] = [
  ["None", "N", null],
  ["booleans", "\x88\x89\x86", [true, false]],
  ["a byte", "K\xff", 255],
  ["two bytes", "M\x34\x12", 0x1234],
  ["a negative number", "J\xfe\xff\xff\xff", -2],
  ["a long number", "\x8a\x02\x00\x80", -32_768],
  ["an empty long number", "\x8a\x00", 0],
  ["a number beyond 2^53", "\x8a\x08\0\0\0\0\0\0\0\x40", 2n ** 62n],
  ["a float", "G\x3f\xf8\0\0\0\0\0\0", 1.5],
  ["a text", text("weight"), "weight"],
  ["an old text", "U\x03abc", "abc"],
  ["an accent", "X\x02\0\0\0\xc3\xa9", "é"],
  ["a size", "ctorch\nSize\nK\x02\x85\x85R", [2]],
  ["a device", `ctorch\ndevice\n${text("cpu")}\x85R`, "cpu"],
];
for (const [what, operations, value] of plain) {
  Deno.test(`${what} is read`, () => assert.deepEqual(read(operations), value));
}

Deno.test("tuples are read, nested and of every length", () => {
  assert.deepEqual(read("(K\x01K\x02K\x03\x87)(K\x04t(K\x05K\x06\x86tt"), [[1, 2, 3], [], [4], [[
    5,
    6,
  ]]]);
});

Deno.test("the memo gives a kept value again, and the same", () => {
  assert.deepEqual(read("(K\x05q\x07r\x00\x01\x00\x00h\x07j\x00\x01\x00\x00t"), [5, 5, 5]);
  const lists = read("(]q\x00h\x00t") as readonly PickleValue[];
  assert.equal(lists[0], lists[1]);
});

Deno.test("lists and dictionaries are filled, and attributes of dictionaries dropped", () => {
  const list = read("]K\x01a(K\x02K\x03e");
  assert.ok(list instanceof List);
  assert.deepEqual(list.items, [1, 2, 3]);
  const ordered = `ccollections\nOrderedDict\n)R(${text("a")}K\x01${text("b")}K\x02u`;
  const dict = read(`${ordered}${text("a")}K\x03s}${text("_metadata")}}sb`);
  assert.ok(dict instanceof Dict);
  assert.deepEqual([...dict.entries], [["a", 3], ["b", 2]]);
});

Deno.test("pickles are read one behind another", () => {
  const bytes = new PickleBytes(latin("\x80\x02K\x01.\x80\x02K\x02.rest"));
  const storages = new Storages();
  assert.deepEqual([unpickle(bytes, storages), unpickle(bytes, storages)], [1, 2]);
  assert.equal(bytes.taken, 10);
});

const refused: [what: string, operations: string, message: RegExp][] = [
  ["a call of os.system", `cos\nsystem\n${text("true")}\x85R`, /the global "os\.system"/],
  ["a name that a module inherits", "cbuiltins\n__proto__\n", /the global "builtins\.__proto__"/],
  ["a name of objects in JavaScript", "cconstructor\nconstructor\n", /"constructor\.constructor"/],
  ["a name with a control character", "ctorch\n\x1b[31m\n", /"torch\.\\u001b\[31m"/],
  ["a name that does not end", `c${"x".repeat(300)}`, /name of a global does not end/],
  ["a call of a class of storages", "ctorch\nFloatStorage\n)R", /calls .* torch\.FloatStorage/],
  ["a call of a number", "K\x01)R", /calls what is no function of tensors: received 1/],
  ["arguments that are no tuple", `ctorch\nSize\n]R`, /arguments of torch\.Size .* a list/],
  ["an ordered dictionary of items", "ccollections\nOrderedDict\n]\x85R", /must begin empty/],
  ["attributes of a list", "]}b", /only dictionaries may have attributes/],
  ["attributes that are no dictionary", "}]b", /only dictionaries may have attributes/],
  ["attributes of a tensor", `${tensor({})}}b`, /only dictionaries may have attributes.*a tensor/],
  ["items of a list", "]K\x01K\x02s", /only a dictionary has items/],
  ["a list's items in a dictionary", "}K\x01a", /only a list can be appended to/],
  ["a key without a value", "}(K\x01u", /key lacks a value/],
  ["a key that is a tuple", "})K\x01s", /keys must be texts or numbers: received a tuple/],
  ["a value that is not there", "\x85", /takes values that are not there/],
  ["a value below a mark", "K\x01(\x85t", /takes values that are not there: received 0 of 1/],
  ["a mark that is not there", "t", /no mark/],
  ["a mark that is left", "K\x01(", /must leave one value/],
  ["nothing at all", "", /must leave one value: received 0/],
  ["two values", "K\x01K\x02", /must leave one value: received 2/],
  ["a value that was never kept", "h\x01", /recalls what it never kept: received 1/],
  ["keeping nothing", "q\x01", /takes values that are not there/],
  ["a text longer than the file", "X\xff\xff\xff\xffa", /ends too early/],
  ["a text that is not UTF-8", "U\x01\xff", /must be UTF-8/],
  [
    "a reference to a module",
    `(${text("module")}NNNNtQ`,
    /other than a storage: received "module"/,
  ],
  ["a reference by number", "K\x01Q", /other than a storage/],
  ["a storage of an unknown class", storage("0", 1, "float32"), /class of torch.*torch\.float32/],
  ["a storage that is a part", storage("0", 1).replace("tQ", "K\x01tQ"), /no part of another/],
  ["a storage of two sizes", `${storage("0", 1)}${storage("0", 2)}`, /the same everywhere.*"0"/],
  [
    "a storage of two types",
    `${storage("0", 1)}${storage("0", 1, "IntStorage")}`,
    /the same everywhere/,
  ],
  ["a pile of values", "N".repeat(100_001), /at most 100000 values/],
  ["a pile of marks", "(".repeat(100_001), /nest at most 100000 deep/],
];
for (const [what, operations, message] of refused) {
  Deno.test(`${what} is refused`, () => {
    assert.throws(() => read(operations), (error) => {
      assert.ok(error instanceof Unfit, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

for (const [code, name] of Object.entries(operationNames)) {
  Deno.test(`the operation ${name} is refused by its name`, () => {
    assert.throws(() => read(`)${code}`), new RegExp(`received the operation ${name}$`));
  });
}

Deno.test("a byte that is no operation is refused", () => {
  assert.throws(() => read("\xff"), /received the byte 0xff in the place of an operation/);
});

Deno.test("another protocol is refused", () => {
  assert.throws(
    () => unpickle(new PickleBytes(latin("\x80\x04N.")), new Storages()),
    /protocol 2.*received 4/,
  );
});

Deno.test("a pickle may have two million operations", () => {
  const kept = "q\x00".repeat(1_999_999);
  assert.throws(() => read(`N${kept}`), /at most 2000000 operations/);
});

Deno.test("any bytes are read or refused, soon", async () => {
  const operations = "NK\x01(t)]ea}sub\x85\x86\x87q\x00h\x00Rccollections\nOrderedDict\n.";
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(fc.constantFrom(...operations), { maxLength: 60 }).map((all) => latin(all.join(""))),
  );
  await fc.assert(
    fc.property(bytes, (bytes) => {
      try {
        unpickle(new PickleBytes(Uint8Array.from(bytes)), new Storages());
      } catch (error) {
        assert.ok(error instanceof Unfit, String(error));
      }
    }),
    { numRuns: 3_000 },
  );
});
