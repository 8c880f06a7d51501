/**
 * Floats as decimal digits, as Python writes them: rounded from the exact value, halves to even.
 *
 * @module
 */

/** `repr`: the fewest digits that read back as the same float. */
export function floatText(value: number): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  const [, , digits = "", power = "0"] = parts(value.toExponential());
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) return `${sign}${pointed(digits)}e${signed(exponent)}`;
  const text = placed(digits, exponent);
  return `${sign}${text}${text.includes(".") ? "" : ".0"}`;
}

/** `%.nf`: so many digits behind the point, which may be fewer than none for {@linkcode rounded}. */
export function fixedText(value: number, places: number): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const digits = scaled(Math.abs(value), places).toString();
  if (places <= 0) return sign + digits + "0".repeat(digits === "0" ? 0 : -places);
  const padded = digits.padStart(places + 1, "0");
  return `${sign}${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/** `%.ne` */
export function exponentText(value: number, places: number): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const { digits, exponent } = significant(Math.abs(value), places + 1);
  return `${sign}${pointed(digits)}e${signed(exponent)}`;
}

/** `%.ng`; `keepZeros` is the alternate form. */
export function generalText(value: number, precision: number, keepZeros = false): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  const most = Math.max(1, precision);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const { digits, exponent } = significant(Math.abs(value), most);
  const kept = keepZeros ? digits : digits.replace(/(?!^)0+$/, "");
  if (exponent < -4 || exponent >= most) return `${sign}${pointed(kept)}e${signed(exponent)}`;
  return sign + placed(kept, exponent);
}

/** Python's `round` of a float to so many places. */
export function rounded(value: number, places: number): number {
  if (!Number.isFinite(value) || places > 323) return value;
  return places < -308 ? 0 * value : Number(fixedText(value, places));
}

function specialText(value: number): string | undefined {
  if (Number.isNaN(value)) return "nan";
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? "inf" : "-inf";
}

function parts(text: string): RegExpExecArray | [] {
  return /^(-?)([\d.]+)e([-+]\d+)$/.exec(text.replace(/^(-?\d)\.(\d+)/, "$1$2")) ?? [];
}

/** The nearest whole number to `value * 10^places`, from the exact binary value. */
function scaled(value: number, places: number): bigint {
  const { mantissa, power } = binary(value);
  let [above, below] = [mantissa, 1n];
  if (power >= 0) above <<= BigInt(power);
  else below <<= BigInt(-power);
  if (places >= 0) above *= 10n ** BigInt(places);
  else below *= 10n ** BigInt(-places);
  const [whole, rest] = [above / below, above % below];
  const up = rest * 2n > below || (rest * 2n === below && whole % 2n === 1n);
  return up ? whole + 1n : whole;
}

/** A float as mantissa times a power of two. */
function binary(value: number): { mantissa: bigint; power: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const all = bits.getBigUint64(0);
  const exponent = Number(all >> 52n & 0x7ffn);
  const fraction = all & 0xfffffffffffffn;
  if (exponent === 0) return { mantissa: fraction, power: -1074 };
  return { mantissa: fraction | 1n << 52n, power: exponent - 1075 };
}

/** So many digits from the first that is not 0, and the power of ten of that one. */
function significant(value: number, count: number): { digits: string; exponent: number } {
  if (value === 0) return { digits: "0".repeat(count), exponent: 0 };
  const guess = Number(parts(value.toExponential())[3] ?? 0);
  // Rounding up may add a digit.
  for (const exponent of [guess, guess + 1]) {
    const digits = scaled(value, count - 1 - exponent).toString();
    if (digits.length === count) return { digits, exponent };
  }
  return { digits: "1".padEnd(count, "0"), exponent: guess + 1 };
}

/** One digit, the point, the others. */
function pointed(digits: string): string {
  return digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
}

/** The digits with the point where the exponent says. */
function placed(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const rest = digits.slice(exponent + 1);
  return rest === "" ? whole : `${whole}.${rest}`;
}

function signed(exponent: number): string {
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${exponent < 0 ? "-" : "+"}${size}`;
}
