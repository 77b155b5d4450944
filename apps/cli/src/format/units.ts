/** `52.4MB`: three digits, powers of a thousand. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  // 999.5 would be shown as 1000.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(3))}${units[unit]}`;
}

/** `2.5MiB`: four digits, powers of 1024. */
export function formatBinaryBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toPrecision(4))}${units[unit]}`;
}

const spans: readonly (readonly [seconds: number, name: string])[] = [
  [365 * 86_400, "year"],
  [30 * 86_400, "month"],
  [7 * 86_400, "week"],
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** `3 hours ago`, from seconds since 1970. */
export function formatAge(seconds: number, now: Date): string {
  const age = Math.floor(now.getTime() / 1000 - seconds);
  const [span, name] = spans.find(([length]) => age >= length) ?? [1, "second"];
  const count = Math.max(0, Math.floor(age / span));
  return `${count} ${name}${count === 1 ? "" : "s"} ago`;
}

/** The first twelve digits of an id, without its `sha256:`. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}
