import { InvalidArgumentError } from "../errors/errors.ts";

/** Size that Docker gives a container's disk unless told otherwise: 127 GB. Windows' own default is 20 GB. */
const DEFAULT_SCRATCH_SIZE = 127n * 1024n ** 3n;

/** Largest virtual disk that the VHDX format allows: 64 TB. */
const MAX_SCRATCH_SIZE = 64n * 1024n ** 4n;

const powers: Readonly<Record<string, bigint>> = { "": 0n, k: 1n, m: 2n, g: 3n, t: 4n, p: 5n };

/**
 * Bytes of a container's disk, from its `--storage-opt`s (`CreateScratchOptions.storageOptions`).
 *
 * @throws InvalidArgumentError for an option other than `size`, and for a size that is none.
 */
export function parseScratchSize(options: Readonly<Record<string, string>> = {}): bigint {
  let size: bigint | undefined;
  for (const [key, value] of Object.entries(options)) {
    if (key.toLowerCase() !== "size")
      throw invalid(`unknown storage option '${key}'`, "Windows containers know only size, such as size=20GB.");
    if (size !== undefined) throw invalid("the storage option size stands twice, in different cases", "Give it once.");
    size = parseSize(value);
  }
  return size ?? DEFAULT_SCRATCH_SIZE;
}

/** Digits, perhaps a fraction, perhaps one of k, m, g, t, p, perhaps `b` or `ib`: all powers of 1024, as Docker has it. */
function parseSize(text: string): bigint {
  const match = /^(\d{1,18})(?:\.(\d{1,9}))? ?([kmgtp]?)(?:i?b)?$/i.exec(text.trim());
  const remedy = "Give bytes, or a number with k, m, g or t: size=40GB.";
  if (match === null) throw invalid(`invalid size '${text}'`, remedy);
  const [, whole = "", fraction = "", unit = ""] = match;
  const factor = 1024n ** (powers[unit.toLowerCase()] ?? 0n);
  const size = BigInt(whole) * factor + (BigInt(fraction.padEnd(9, "0")) * factor) / 1_000_000_000n;
  if (size === 0n) throw invalid(`invalid size '${text}': a disk has at least one byte`, remedy);
  if (size > MAX_SCRATCH_SIZE) throw invalid(`invalid size '${text}': a virtual disk has at most 64 TB`, remedy);
  return size;
}

function invalid(message: string, remedy: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { op: "scratch.create", remedy });
}
