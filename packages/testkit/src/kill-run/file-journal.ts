import { closeSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import type { JournalEntry, ResourceJournal, ResourceKind } from "@oriel/contracts";

type Line = { readonly kind: ResourceKind; readonly id: string; readonly data?: Readonly<Record<string, unknown>> };

/**
 * A journal in a file, one line a change: it outlives its process, and what is recorded the machine, as the engine's does;
 * what is cleared is not waited for. One process at a time.
 */
export function fileJournal(file: string): ResourceJournal & { close(): void } {
  const entries = new Map<string, JournalEntry>();
  const apply = ({ kind, id, data }: Line) => {
    const key = `${kind} ${id}`;
    if (data === undefined) entries.delete(key);
    else entries.set(key, { kind, id, data, createdAt: entries.get(key)?.createdAt ?? new Date(0) });
  };
  const descriptor = openSync(file, "a+");
  const text = readFileSync(descriptor, "utf8");
  // What stands behind the last line's end was cut short.
  const end = text.lastIndexOf("\n") + 1;
  ftruncateSync(descriptor, Buffer.byteLength(text.slice(0, end)));
  for (const line of text.slice(0, end).split("\n")) if (line !== "") apply(JSON.parse(line) as Line);
  const write = (line: Line) => {
    const written = JSON.stringify(line);
    writeSync(descriptor, `${written}\n`);
    if (line.data !== undefined) fdatasyncSync(descriptor);
    apply(JSON.parse(written) as Line);
  };
  return {
    record: (kind, id, data) => write({ kind, id, data }),
    clear: (kind, id) => write({ kind, id }),
    list: (kind) => [...entries.values()].filter((entry) => kind === undefined || entry.kind === kind),
    close: () => closeSync(descriptor),
  };
}
