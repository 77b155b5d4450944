import { pipeline, Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import { InvalidArgumentError, UnimplementedError } from "@oriel/contracts";
import { ByteSource } from "@oriel/layer-tar";
import { zstdFrames } from "./zstd-frames.ts";

export type Compression = "none" | "gzip" | "zstd";

type Recognised = Compression | "bzip2" | "xz";

const op = "image.decompress";
const magicLength = 6;

/** What the first bytes of a file say about its compression. A tar has no such beginning: it begins with a file name. */
export function recogniseCompression(head: Uint8Array): Recognised {
  const starts = (...bytes: number[]) => head.length >= bytes.length && bytes.every((byte, index) => head[index] === byte);
  if (starts(0x1f, 0x8b)) return "gzip";
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  // A skippable frame may stand first (RFC 8878, 3.1.2).
  if ((head[0] ?? 0) >> 4 === 5 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) return "zstd";
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return "xz";
  if (starts(0x42, 0x5a, 0x68)) return "bzip2";
  return "none";
}

/**
 * The content of `source`, decompressed if its first bytes say gzip or zstd, as it is otherwise. Reads with
 * back-pressure; ending it early ends the source.
 *
 * @param what shown in errors: `the archive`, `layer "x/layer.tar"`.
 * @throws InvalidArgumentError for a broken stream or a compression that is not known; UnimplementedError for zstd on a
 *   Node.js without it. Errors of the source come through as they are.
 */
export async function* decompress(source: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = new ByteSource(source);
  const head = await bytes.read(magicLength);
  const compression = recogniseCompression(head);
  const whole = wholeOf(bytes, head);
  if (compression === "none") {
    yield* whole;
    return;
  }
  if (compression !== "gzip" && compression !== "zstd") {
    await bytes.close();
    throw new InvalidArgumentError(`${what} is compressed with ${compression}; Oriel reads gzip, zstd and uncompressed tars`, {
      op,
      remedy: "decompress it first",
    });
  }
  try {
    if (compression === "gzip") yield* through(whole, zlib.createGunzip());
    else for await (const frame of zstdFrames(whole)) yield* through(frame, zstdDecoder(what));
  } catch (error) {
    if (!isDecoderError(error)) throw error;
    throw new InvalidArgumentError(`the ${compression} stream of ${what} is broken: ${error.message}`, { op, cause: error });
  }
}

/** zstd came to Node.js with 22.15 and 23.8. */
function zstdDecoder(what: string): Transform {
  if (typeof zlib.createZstdDecompress === "function") return zlib.createZstdDecompress();
  throw new UnimplementedError(`${what} is compressed with zstd, which Node.js ${process.versions.node} cannot read`, {
    op,
    remedy: "run Oriel on Node.js 22.15 or later, or compress with gzip",
  });
}

async function* through(source: AsyncIterable<Uint8Array>, decoder: Transform): AsyncGenerator<Uint8Array, void, undefined> {
  // The callback form: a failure of the source destroys the decoder with that error, which the loop below throws.
  pipeline(Readable.from(source, { objectMode: false }), decoder, () => undefined);
  yield* decoder as AsyncIterable<Uint8Array>;
}

/** All that is left of a source, `head` before it. Ends the source when it is left. */
async function* wholeOf(bytes: ByteSource, head: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield head;
    yield* bytes.pass();
  } finally {
    await bytes.close();
  }
}

function isDecoderError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return code.startsWith("Z_") || code.startsWith("ZSTD");
}
