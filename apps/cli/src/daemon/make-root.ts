import { chmod, mkdir, readdir, stat } from "node:fs/promises";
import { InvalidArgumentError, PermissionDeniedError, UnavailableError } from "@oriel/core";

const op = "daemon.start";

/** Its presence marks a folder as a daemon's. */
const databaseName = "oriel.db";

/** SQLite's databases, with their journals, must have paths of at most 512 bytes (MAX_PATHNAME of its os_unix.c). */
const maxRootBytes = 460;

/**
 * Makes the root folder, for this account alone: what containers wrote and logged is nobody else's business, and a layer
 * that another account can write runs as this one. An existing folder is closed to others where it is a daemon's, or empty.
 *
 * @param uid of this process; undefined on Windows, where folders have no mode
 * @throws InvalidArgumentError for a path that is too long; UnavailableError for a folder that cannot be made;
 *   PermissionDeniedError, with the command that mends it, for one that belongs to another account, or that others can open and
 *   that holds other things
 */
export async function makeRoot(root: string, uid: number | undefined = process.getuid?.()): Promise<void> {
  const bytes = Buffer.byteLength(root);
  if (bytes > maxRootBytes) {
    const message = `the path of the root folder has ${bytes} bytes, and ${maxRootBytes} is the most that databases in it allow: ${root.slice(0, 60)}…`;
    throw new InvalidArgumentError(message, { op, remedy: "choose another with --root" });
  }
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    if (uid !== undefined) await closeToOthers(root, uid);
  } catch (error) {
    if (error instanceof PermissionDeniedError) throw error;
    const { message } = error as NodeJS.ErrnoException;
    throw new UnavailableError(`the root folder cannot be made: ${message}`, {
      op,
      resource: root,
      remedy: "choose another with --root",
      cause: error,
    });
  }
}

async function closeToOthers(root: string, uid: number): Promise<void> {
  const found = await stat(root);
  const quoted = `'${root.replaceAll("'", "'\\''")}'`;
  if (found.uid !== uid) {
    throw new PermissionDeniedError(`the root folder ${root} belongs to the account ${found.uid}, and this daemon runs as ${uid}`, {
      op,
      resource: root,
      remedy: `chown -R ${uid} ${quoted} && chmod 700 ${quoted}, or choose another with --root`,
    });
  }
  const mode = found.mode & 0o777;
  if ((mode & 0o077) === 0) return;
  const names = await readdir(root);
  const writtenByOthers = (mode & 0o002) !== 0;
  // The mode of /tmp, or of a home folder given by mistake, is not ours to change.
  if (names.length === 0 || (names.includes(databaseName) && !writtenByOthers)) return chmod(root, 0o700);
  const others = writtenByOthers ? "write to" : "open";
  throw new PermissionDeniedError(
    `the root folder ${root} holds files already, and other accounts can ${others} it (mode ${mode.toString(8)})`,
    {
      op,
      resource: root,
      remedy: `choose an empty folder with --root, or, if all in this one is yours: chmod 700 ${quoted}`,
    },
  );
}
