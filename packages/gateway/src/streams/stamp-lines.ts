import type { LogFrame } from "@oriel/engine";

const newline = 0x0a;

/** Puts the time in front of every line, as `docker logs --timestamps` shows it. A line may come in several pieces. */
export async function* stampLines(frames: AsyncIterable<LogFrame>): AsyncGenerator<LogFrame> {
  const atLineStart = { stdout: true, stderr: true };
  for await (const frame of frames) {
    const stamp = Buffer.from(`${formatStamp(frame.time)} `);
    const pieces: Uint8Array[] = [];
    for (let start = 0; start < frame.data.length; ) {
      const found = frame.data.indexOf(newline, start);
      const end = found === -1 ? frame.data.length : found + 1;
      if (atLineStart[frame.stream]) pieces.push(stamp);
      pieces.push(frame.data.subarray(start, end));
      atLineStart[frame.stream] = found !== -1;
      start = end;
    }
    yield { ...frame, data: Buffer.concat(pieces) };
  }
}

/** RFC 3339 with nine digits of the second, so that lines up to a terminal's eye and sorts as text. */
function formatStamp(time: Date): string {
  return time.toISOString().replace("Z", "000000Z");
}
