import type { LogFrame } from "../engine-api.ts";

/** A line of Docker's json-file log. */
interface StoredEntry {
  readonly log: string;
  readonly stream: "stdout" | "stderr";
  readonly time: string;
  /** Ours: the true bytes, where they are not UTF-8 and `log` is only their likeness. Docker's readers pass over it. */
  readonly base64?: string;
}

/** A line for the log file, with its line feed. */
export function formatLogEntry(frame: LogFrame): Buffer {
  const bytes = Buffer.from(frame.data.buffer, frame.data.byteOffset, frame.data.byteLength);
  const text = bytes.toString("utf8");
  const isFaithful = !text.includes("\ufffd") || Buffer.from(text, "utf8").equals(bytes);
  const entry: StoredEntry = {
    log: text,
    stream: frame.stream,
    time: frame.time.toISOString(),
    ...(isFaithful ? {} : { base64: bytes.toString("base64") }),
  };
  return Buffer.from(`${JSON.stringify(entry)}\n`, "utf8");
}

/** The entry in a line of a log file; undefined for a line that is none, as a crash or another program may leave. */
export function parseLogEntry(line: Buffer): LogFrame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { log, stream, time, base64 } = value as Partial<Record<keyof StoredEntry, unknown>>;
  if (typeof log !== "string" || typeof time !== "string" || (stream !== "stdout" && stream !== "stderr")) return undefined;
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return undefined;
  return { stream, time: date, data: typeof base64 === "string" ? Buffer.from(base64, "base64") : Buffer.from(log, "utf8") };
}
