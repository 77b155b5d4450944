import { InvalidArgumentError, type OrielError } from "@oriel/contracts";

/** What a member of a tar is; devices, pipes and vendors' own kinds are `other`. */
export type TarMemberType = "file" | "hardlink" | "symlink" | "directory" | "other";

/** One member of a tar, with its PAX records and GNU long names already applied. */
export interface TarMember {
  readonly name: string;
  readonly type: TarMemberType;
  /** `""` where there is none. */
  readonly linkName: string;
  /** Bytes of content. */
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly modified: bigint;
  readonly pax: ReadonlyMap<string, string>;
  /** To be read before the next member is asked for; what is left is skipped then. */
  readonly content: AsyncIterable<Uint8Array>;
}

export const BLOCK_SIZE = 512;

/** Bytes of zeros that fill the last block of `size` bytes of content. */
export function paddingOf(size: number): number {
  const rest = size % BLOCK_SIZE;
  return rest === 0 ? 0 : BLOCK_SIZE - rest;
}

/** Makes the error for bytes that are no tar, or none that is wanted: `what` continues a sentence, `name` is the member concerned. */
export type TarFault = (what: string, name?: string) => OrielError;

/** The fault of a layer's tar. */
export const malformedTar: TarFault = (what, name) => {
  const where = name === undefined ? "the layer tar" : `the layer tar's entry ${quoteName(name)}`;
  return new InvalidArgumentError(`${where} ${what}`, { op: "layer-tar.read", resource: name });
};

/** A name as it can stand in a message: one line, no control characters, not endless. */
export function quoteName(name: string): string {
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return JSON.stringify(shown);
}
