import assert from "node:assert/strict";
import { EngineFailure } from "../../src/jinja/failure.ts";
import { Template } from "../../src/jinja/template.ts";
import { findPython, PythonPeer } from "../support/python.ts";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";
import {
  chatVariables,
  compareOutcomes,
  generatedCase,
  generatedCases,
  generatedVariables,
  outcomeHere,
  publishedTemplates,
} from "./golden.ts";

Deno.test("published templates write what they write in Python, or fail where they fail", () => {
  const { moment, conversations, templates } = publishedTemplates();
  for (const { name, source, outcomes } of templates) {
    for (const [at, there] of outcomes.entries()) {
      const here = outcomeHere(source, chatVariables(conversations[at], new Date(moment)));
      compareOutcomes(here, there, `${name}, conversation ${at}`);
      if ("raises" in there && there.raises === "raised") assert.deepEqual(here, there, name);
    }
  }
  assert.ok(templates.length > 50);
});

Deno.test("generated templates write what they write in Python, or fail where they fail", () => {
  const variables = generatedVariables();
  const cases = generatedCases();
  for (const { seed, source, ...there } of cases) {
    compareOutcomes(outcomeHere(source, variables), there, `seed ${seed}:\n${source}`);
  }
  assert.ok(cases.filter((each) => "text" in each).length > 400);
});

/**
 * The templates begin at a seed of their own, so that whoever changes nothing sees the same ones again. To look at
 * others, set both variables.
 */
const seed = Number(Deno.env.get("ABACUS_JINJA_SEED") ?? 1_000_000);
const count = Number(Deno.env.get("ABACUS_JINJA_CASES") ?? 2_000);
const python = slow === undefined ? await findPython(["transformers", "jinja2"]) : undefined;

testWhere({
  name: "templates that nobody has seen write what they write in Python",
  missing: slow ?? (python === undefined ? "no Python with transformers" : undefined),
  async fn() {
    const script = new URL("../oracle/jinja.py", import.meta.url);
    await using peer = await PythonPeer.start(python!, script, ["--stream"]);
    const variables = generatedVariables();
    const cases = generatedCase.array().parse(await peer.ask({ seed, count }));
    for (const { seed, source, ...there } of cases) {
      compareOutcomes(outcomeHere(source, variables), there, `seed ${seed}:\n${source}`);
    }
    assert.equal(cases.length, count);
  },
});

Deno.test("no template runs for ever, fills the memory or the stack", () => {
  const sources = [
    "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(t='x') %}{% for i in range(99) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
    "{% set ns = namespace(t=[1]) %}{% for i in range(99) %}{% set ns.t = ns.t * 2 %}{% endfor %}",
    "{{ 'x' * 10 ** 12 }}",
    "{{ 10 ** 100000 }}",
    "{{ '%99999999s' % 1 }}",
    "{{ '{:99999999}'.format(1) }}",
    "{{ 'x'.center(10 ** 12) }}",
    "{{ 'x'|indent(10 ** 12, true) }}",
    "{{ 'xxxx'.replace('', 'y' * 10 ** 7) }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% for a in [[1]] recursive %}{{ loop([a]) }}{% endfor %}",
    "{% set ns = namespace(t=[]) %}{% for i in range(9999) %}{% set ns.t = [ns.t] %}{% endfor %}{{ ns.t }}",
    "{% set ns = namespace(t=[]) %}{% for i in range(9999) %}{% set ns.t = [ns.t] %}{% endfor %}{{ ns.t|tojson }}",
  ];
  for (const source of sources) {
    assert.throws(() => new Template(source).render([]), EngineFailure, source);
  }
});

Deno.test("a template is not read deeper than the stack", () => {
  const deep = "(".repeat(50_000) + "1" + ")".repeat(50_000);
  assert.throws(() => new Template(`{{ ${deep} }}`), /nesting deeper|too deep/);
  const blocks = "{% if 1 %}".repeat(50_000) + "{% endif %}".repeat(50_000);
  assert.throws(() => new Template(blocks), /nesting deeper|too deep/);
});

Deno.test("what the engine does not know is its own fault", () => {
  const sources = [
    "{% include 'x' %}",
    "{% block a %}{% endblock %}",
    "{{ messages|pprint }}",
    "{{ ''|xmlattr }}",
    "{{ lipsum() }}",
    "{{ range }}",
    "{{ 'a'.encode() }}",
    "{{ (1).real }}",
    "{{ (-8) ** 0.5 }}",
    "{{ '\\N{DASH}' }}",
  ];
  for (const source of sources) {
    const run = () => new Template(source).render([["messages", []]]);
    assert.throws(run, EngineFailure, source);
  }
});
