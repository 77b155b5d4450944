import { InvalidArgumentError } from "@oriel/contracts";
import { readTar, type TarFault, type TarMember } from "@oriel/layer-tar";

/** Names the entry, and says what is usually the cause. */
const brokenArchive: TarFault = (what, name) =>
  new InvalidArgumentError(
    `the archive is broken: ${name === undefined ? "it" : `its entry ${JSON.stringify(name.slice(0, 200))}`} ${what}`,
    {
      op: "image.load",
      remedy: "it must be the output of `docker save` or a tar of an OCI layout; it may have been cut short",
    },
  );

/**
 * The entries of an image archive. Takes what Docker takes, also an archive without its end blocks: every content in it
 * is checked by digest. Reads the source to its end, so that a sender is not cut off.
 *
 * @throws InvalidArgumentError naming the entry where the archive is torn or no tar.
 */
export function readArchiveTar(source: AsyncIterable<Uint8Array>): AsyncIterable<TarMember> {
  return readTar(source, { fault: brokenArchive, tolerant: true });
}
