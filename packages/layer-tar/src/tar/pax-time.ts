const BILLION = 1_000_000_000n;

/** `seconds[.fraction]` of nanoseconds since 1970, without closing zeros. */
export function formatPaxTime(nanoseconds: bigint): string {
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = (magnitude % BILLION).toString().padStart(9, "0").replace(/0+$/, "");
  return `${nanoseconds < 0n ? "-" : ""}${magnitude / BILLION}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Nanoseconds since 1970; digits behind the ninth are dropped. undefined for what is no such time. */
export function parsePaxTime(text: string): bigint | undefined {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, seconds = "", fraction = ""] = match;
  const magnitude = BigInt(seconds) * BILLION + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return sign === "-" ? -magnitude : magnitude;
}
