import { threadId } from "node:worker_threads";

let made = 0;

/** A name beside `file` that no other thread and no other process takes: for what becomes `file` when it is whole. */
export function temporaryName(file: string): string {
  made += 1;
  return `${file}.new-${process.pid}-${threadId}-${made}`;
}
