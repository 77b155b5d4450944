import { open } from "node:fs/promises";
import { InvalidArgumentError } from "@oriel/contracts";

/** A file's bytes. It is opened at the first read, and closed in the end. @throws InvalidArgumentError when it cannot be read. */
export async function* readArchive(file: string): AsyncGenerator<Uint8Array> {
  try {
    await using handle = await open(file);
    if ((await handle.stat()).isDirectory()) throw refuse(file, "it is a folder");
    for await (const chunk of handle.createReadStream({ autoClose: false })) yield chunk as Uint8Array;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "ENOENT" ? refuse(file, "it does not exist", error) : error;
  }
}

function refuse(file: string, reason: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`cannot read ${file}: ${reason}`, { op: "image.load", resource: file, cause });
}

/** What `source` gives; keeps the failure that ended it, which whoever reads it tells in words of his own. */
export class KeptFailure {
  readonly #source: AsyncIterable<Uint8Array>;
  failure: unknown;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#source;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}
