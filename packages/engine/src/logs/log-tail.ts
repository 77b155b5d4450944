import type { FileHandle } from "node:fs/promises";
import type { LogFrame, OutputFrame } from "../engine-api.ts";
import { parseLogEntry } from "./log-entry.ts";

const blockBytes = 64 * 1024;
const lineFeed = 0x0a;

export interface FindTailOptions {
  /** Bytes of the file to look at. */
  readonly size: number;
  /** Lines wanted. */
  readonly lines: number;
  /** Whether an entry counts. */
  readonly matches: (entry: LogFrame) => boolean;
}

/**
 * Where the last lines of a log begin. The file is read backwards, only as far as needed. Entries that are pieces of one
 * long line count as one.
 */
export async function findTail(file: FileHandle, { size, lines, matches }: FindTailOptions): Promise<number> {
  if (lines <= 0) return size;
  let found = 0;
  // Streams whose newest entry was seen: that one begins a line, with a line feed or without.
  const seen = new Set<OutputFrame["stream"]>();
  for await (const { offset, end, line } of linesBackwards(file, size)) {
    const entry = parseLogEntry(line);
    if (entry === undefined || !matches(entry)) continue;
    const isEndOfLine = entry.data.at(-1) === lineFeed || !seen.has(entry.stream);
    seen.add(entry.stream);
    if (!isEndOfLine) continue;
    found += 1;
    if (found > lines) return end;
    if (offset === 0) return 0;
  }
  return 0;
}

interface PlacedLine {
  readonly offset: number;
  /** Offset behind its line feed. */
  readonly end: number;
  readonly line: Buffer;
}

async function* linesBackwards(file: FileHandle, size: number): AsyncGenerator<PlacedLine, void> {
  let rest = Buffer.alloc(0);
  for (let start = size; start > 0; ) {
    const from = Math.max(0, start - blockBytes);
    const block = await readFully(file, from, start - from);
    // `bytes` ends where the last line given began, with the line feed of the line before it.
    const bytes = Buffer.concat([block, rest]);
    let end = bytes.length;
    while (end > 0) {
      const feed = end >= 2 ? bytes.lastIndexOf(lineFeed, end - 2) : -1;
      if (feed < 0 && from > 0) break;
      yield { offset: from + feed + 1, end: from + end, line: bytes.subarray(feed + 1, end - 1) };
      end = feed + 1;
    }
    rest = Buffer.from(bytes.subarray(0, end));
    start = from;
  }
}

async function readFully(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(bytes, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}
