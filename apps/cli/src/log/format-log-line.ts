/** `12:30:01 warn  cannot mount  reason="…"` from a line of pino's JSON; anything else as it is. */
export function formatLogLine(line: string): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const { time, level, msg, ...fields } = record;
  const clock = String(time).slice(11, 19);
  const rest = Object.entries(fields).map(([name, value]) => `  ${name}=${JSON.stringify(brief(value))}`);
  return `${clock} ${String(level).padEnd(5)} ${String(msg)}${rest.join("")}\n`;
}

/** An error's stack belongs in the JSON log; a reader wants its message. */
function brief(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("stack" in value)) return value;
  return (value as { readonly message?: unknown }).message;
}
