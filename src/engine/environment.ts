/**
 * Environment: what libraries read from it before their first use.
 *
 * @module
 */

/**
 * onnxruntime reports its use to its makers unless it is told not to, and cuBLAS may round the factors of
 * float32 products to TF32's 10 bits, which moved scores by 1e-2 on an H200.
 */
const ours = { ORT_DISABLE_TELEMETRY: "1", NVIDIA_TF32_OVERRIDE: "0" } as const;

/** Our variables but those that somebody has set already, as far as may be seen. */
export function libraryEnvironment(): Record<string, string> {
  const unset = Object.entries(ours).filter(([name]) =>
    !maySee(name) || Deno.env.get(name) === undefined
  );
  return Object.fromEntries(unset);
}

/** Sets those variables in this process, where that is allowed. */
export function settleEnvironment(): void {
  for (const [name, value] of Object.entries(libraryEnvironment())) {
    if (maySee(name)) Deno.env.set(name, value);
  }
}

function maySee(variable: string): boolean {
  return Deno.permissions.querySync({ name: "env", variable }).state === "granted";
}
