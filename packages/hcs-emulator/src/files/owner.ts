import { lchownSync, lstatSync } from "node:fs";
import path from "node:path";

/**
 * Gives what was made in a container's root to whom the folder belongs that it is in: where the container runs as a user of its
 * own, nothing else there would be the host's root's. Never follows a link.
 */
export function giveToOwnerOfFolder(file: string): void {
  const { uid, gid } = lstatSync(path.dirname(file));
  const made = lstatSync(file);
  if (made.uid !== uid || made.gid !== gid) lchownSync(file, uid, gid);
}
