/**
 * Writes what `credit.ts` found with `--out` into a page, between the marks `<!-- table NAME -->` and
 * `<!-- end -->`.
 *
 *     deno run --allow-read --allow-write tests/bench/credit/tables.ts FILE.json... docs/credit.md
 *
 * Of several files that have rows of the same method and unit, the last has the word.
 *
 * @module
 */

/** A row of `credit.ts`, by its columns. */
export type Row = Readonly<Record<string, string | number>>;

/** What `credit.ts` writes: the rows of each section. */
export type Found = Readonly<Record<string, readonly Row[]>>;

/** A column of a table: its heading, and where its numbers come from. */
type Column = readonly [heading: string, section: string, key: string];

/** The tables, by the names that pages call them. */
const tables: Readonly<Record<string, readonly Column[]>> = {
  planted: [
    ["average precision", "planted", "average precision"],
    ...["praise", "pan", "negated", "contrast"].map((kind): Column => [kind, "planted", kind]),
    ["correlation", "planted", "correlation with the change"],
    ["right sign", "planted", "right sign"],
    ["deletion", "curves", "deletion below random"],
    ["insertion", "curves", "insertion above random"],
  ],
  real: [
    ["deletion", "real curves", "deletion below random"],
    ["insertion", "real curves", "insertion above random"],
  ],
  cost: [
    ["tokens asked", "cost", "tokens asked"],
    ["tokens computed", "cost", "tokens computed"],
    ["time over scores alone", "cost", "time"],
  ],
};

/** The page with the tables made anew that something was found for. @throws {TypeError} for a table that has no columns here */
export function withTables(page: string, found: readonly Found[]): string {
  return page.replaceAll(
    /(<!-- table (\w+) -->\n)[^]*?(\n<!-- end -->)/g,
    (old: string, start: string, name: string, end: string) => {
      const columns = tables[name];
      if (columns === undefined) throw new TypeError(`Cannot write a table: received "${name}"`);
      if (!columns.some(([, section]) => found.some((file) => file[section] !== undefined))) {
        return old;
      }
      return `${start}\n${table(columns, found)}\n${end}`;
    },
  );
}

function table(columns: readonly Column[], found: readonly Found[]): string {
  const sections = [...new Set(columns.map(([, section]) => section))];
  const rows = new Map<string, Map<string, Row>>();
  for (const file of found) {
    for (const section of sections) {
      for (const row of file[section] ?? []) {
        const way = `${row.method}|${row.unit}`;
        rows.set(way, (rows.get(way) ?? new Map()).set(section, row));
      }
    }
  }
  // What no method is, an order by chance, comes last.
  const ways = [...rows].toSorted(([a], [b]) => Number(a.endsWith("|")) - Number(b.endsWith("|")));
  const cells = ways.map(([way, ofSections]) => {
    const [method = "", unit = ""] = way.split("|");
    const named = unit === "" ? method : `\`${method}\``;
    return [
      named,
      unit,
      ...columns.map(([, section, key]) => shown(ofSections.get(section)?.[key])),
    ];
  });
  const headings = ["method", "unit", ...columns.map(([heading]) => heading)];
  const line = (each: readonly string[]) => `| ${each.join(" | ")} |`;
  return [
    line(headings),
    line(headings.map((_, i) => i < 2 ? "---" : "---:")),
    ...cells.map(line),
  ].join("\n");
}

function shown(value: string | number | undefined): string {
  return typeof value === "number" && Number.isFinite(value) ? value.toFixed(2) : "";
}

if (import.meta.main) {
  const [page, ...files] = Deno.args.toReversed();
  if (page === undefined || files.length === 0) {
    throw new TypeError("Cannot write tables as FILE.json and a page must be given");
  }
  const found = files.toReversed().map((file) => JSON.parse(Deno.readTextFileSync(file)));
  Deno.writeTextFileSync(page, withTables(Deno.readTextFileSync(page), found));
}
