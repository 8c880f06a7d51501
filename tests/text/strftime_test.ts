import assert from "node:assert/strict";
import { strftime } from "../../src/text/strftime.ts";

const morning = new Date(2026, 2, 7, 9, 5, 4);
const evening = new Date(1999, 11, 31, 23, 59, 58);

Deno.test("dates are written as Python writes them in the C locale", () => {
  const table: [format: string, morning: string, evening: string][] = [
    ["%d %b %Y", "07 Mar 2026", "31 Dec 1999"],
    ["%B %-d, %Y", "March 7, 2026", "December 31, 1999"],
    ["%A %a", "Saturday Sat", "Friday Fri"],
    ["%Y-%m-%d = %F", "2026-03-07 = 2026-03-07", "1999-12-31 = 1999-12-31"],
    ["%H:%M:%S %T", "09:05:04 09:05:04", "23:59:58 23:59:58"],
    ["%I %p", "09 AM", "11 PM"],
    ["%e %-m %y", " 7 3 26", "31 12 99"],
    ["100%% %", "100% %", "100% %"],
  ];
  for (const [format, atNine, atNight] of table) {
    assert.equal(strftime(morning, format), atNine);
    assert.equal(strftime(evening, format), atNight);
  }
});

Deno.test("midnight and noon are twelve", () => {
  assert.equal(strftime(new Date(2026, 0, 1, 0), "%I%p"), "12AM");
  assert.equal(strftime(new Date(2026, 0, 1, 12), "%I%p"), "12PM");
});

Deno.test("a directive that is not known stays as it is", () => {
  assert.equal(strftime(morning, "%Q %-Q %constructor"), "%Q %-Q %constructor");
});
