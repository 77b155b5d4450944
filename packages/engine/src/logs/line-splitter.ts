/** Longest piece of a line that is logged as one entry, as dockerd has it. */
export const maxPieceBytes = 16 * 1024;

const lineFeed = 0x0a;

/**
 * Cuts output into lines, each with its line feed; a line longer than 16 KiB into pieces. What follows the last line feed
 * is kept for the next chunk.
 */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** What was given and is not yet part of a piece. */
  get rest(): Buffer {
    return this.#rest;
  }

  push(chunk: Uint8Array): Buffer[] {
    const own = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const bytes = this.#rest.length === 0 ? own : Buffer.concat([this.#rest, own]);
    const pieces: Buffer[] = [];
    let start = 0;
    while (start < bytes.length) {
      const feed = bytes.subarray(start, start + maxPieceBytes).indexOf(lineFeed);
      const isWhole = feed >= 0 || bytes.length - start >= maxPieceBytes;
      if (!isWhole) break;
      const end = feed >= 0 ? start + feed + 1 : start + wholeCharacters(bytes.subarray(start, start + maxPieceBytes));
      pieces.push(bytes.subarray(start, end));
      start = end;
    }
    // A copy: the chunk's memory is its owner's again after this.
    this.#rest = Buffer.from(bytes.subarray(start));
    return pieces;
  }

  /** Takes the rest out, at the end of the output. */
  flush(): Buffer[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? [] : [rest];
  }
}

/** Length of `bytes` without a UTF-8 character that its end cuts; all of it where it is not UTF-8. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    const isContinuation = (byte & 0xc0) === 0x80;
    if (isContinuation) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
