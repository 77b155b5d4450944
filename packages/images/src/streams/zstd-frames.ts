import { ByteSource } from "@oriel/layer-tar";

/**
 * Splits a zstd stream into its frames (RFC 8878, 3.1), each whole and unchanged; skippable frames are left out.
 *
 * Node's decoder silently stops after the first frame (seen with 24.21), while layers made for partial pulls have many,
 * so each frame gets a decoder of its own. Each frame must be read before the next is asked for. A torn frame is passed
 * on as it is: the decoder says that it is torn.
 */
export async function* zstdFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<AsyncIterable<Uint8Array>, void, undefined> {
  const bytes = new ByteSource(source);
  try {
    for (;;) {
      const magic = await bytes.read(4);
      if (magic.length === 0) return;
      if (isSkippable(magic)) {
        const size = await bytes.read(4);
        await bytes.skip(size.length === 4 ? size.readUInt32LE() : 0);
        continue;
      }
      yield frame(bytes, magic);
    }
  } finally {
    await bytes.close();
  }
}

function isSkippable(magic: Buffer): boolean {
  return magic.length === 4 && magic.readUInt32LE() >>> 4 === 0x184d2a5;
}

async function* frame(bytes: ByteSource, magic: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  yield magic;
  if (magic.length < 4 || magic.readUInt32LE() !== 0xfd2fb528) {
    yield* bytes.pass();
    return;
  }
  const descriptor = await bytes.read(1);
  yield descriptor;
  const flags = descriptor[0] ?? 0;
  yield await bytes.read(headerLength(flags));
  for (let last = false; !last; ) {
    const header = await bytes.read(3);
    yield header;
    if (header.length < 3) return;
    const bits = header.readUIntLE(0, 3);
    last = (bits & 1) === 1;
    const isRunLength = ((bits >> 1) & 3) === 1;
    yield* bytes.pass(isRunLength ? 1 : bits >> 3);
  }
  if ((flags & 4) !== 0) yield await bytes.read(4);
}

/** Bytes of window descriptor, dictionary id and content size, after the frame header descriptor. */
function headerLength(flags: number): number {
  const singleSegment = (flags & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][flags & 3] ?? 0;
  const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  return (singleSegment ? 0 : 1) + dictionary + contentSize;
}
