import type { LogFrame } from "@oriel/engine";
import { frameHeader } from "./multiplex.ts";

const newline = 0x0a;

export interface LogEncoderOptions {
  /** Each entry has a header that names its stream. */
  readonly multiplexed: boolean;
  /** Each line begins with its time, as `docker logs --timestamps` shows it. */
  readonly timestamps: boolean;
}

interface AtLineStart {
  readonly stdout: boolean;
  readonly stderr: boolean;
}

interface Encoded {
  readonly bytes: Buffer;
  readonly after: AtLineStart;
}

/** Of lists that several readers get: by what the bytes depend on. Gone with the list. */
const encodings = new WeakMap<readonly LogFrame[], Map<string, Encoded>>();

/** Makes the bytes of one client's log. Lists of entries that other clients get too are encoded once for all of them. */
export class LogEncoder {
  readonly #options: LogEncoderOptions;
  #atLineStart: AtLineStart = { stdout: true, stderr: true };

  constructor(options: LogEncoderOptions) {
    this.#options = options;
  }

  encode(entries: readonly LogFrame[]): Buffer {
    const { multiplexed, timestamps } = this.#options;
    const key = [multiplexed, timestamps, this.#atLineStart.stdout, this.#atLineStart.stderr].join();
    const known = encodings.get(entries) ?? new Map<string, Encoded>();
    encodings.set(entries, known);
    const encoded = known.get(key) ?? encodeEntries(entries, this.#options, this.#atLineStart);
    known.set(key, encoded);
    this.#atLineStart = encoded.after;
    return encoded.bytes;
  }
}

function encodeEntries(entries: readonly LogFrame[], { multiplexed, timestamps }: LogEncoderOptions, before: AtLineStart): Encoded {
  const pieces: Uint8Array[] = [];
  const atLineStart = { ...before };
  for (const entry of entries) {
    if (entry.data.length === 0) continue;
    const data = timestamps ? stampLines(entry, atLineStart) : entry.data;
    if (multiplexed) pieces.push(frameHeader(entry.stream, data.length));
    pieces.push(data);
  }
  return { bytes: Buffer.concat(pieces), after: atLineStart };
}

/** A line may come in several entries: its later ones get no time. */
function stampLines({ stream, data, time }: LogFrame, atLineStart: { stdout: boolean; stderr: boolean }): Uint8Array {
  const stamp = Buffer.from(`${formatStamp(time)} `);
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < data.length; ) {
    const found = data.indexOf(newline, start);
    const end = found === -1 ? data.length : found + 1;
    if (atLineStart[stream]) pieces.push(stamp);
    pieces.push(data.subarray(start, end));
    atLineStart[stream] = found !== -1;
    start = end;
  }
  return Buffer.concat(pieces);
}

/** RFC 3339 with nine digits of the second, so that lines up to a terminal's eye and sorts as text. */
function formatStamp(time: Date): string {
  return time.toISOString().replace("Z", "000000Z");
}
