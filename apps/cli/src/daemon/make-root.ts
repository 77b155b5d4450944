import { chmod, mkdir, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { InvalidArgumentError, PermissionDeniedError, UnavailableError } from "@oriel/contracts";

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
 *   PermissionDeniedError for one that belongs to another account, or that others can open and that holds other things, with
 *   the command that mends it where it is a daemon's
 */
export async function makeRoot(root: string, uid: number | undefined = process.getuid?.()): Promise<void> {
  const bytes = Buffer.byteLength(root);
  if (bytes > maxRootBytes) {
    const message = `the path of the root folder has ${bytes} bytes, and ${maxRootBytes} is the most that databases in it allow: ${root.slice(0, 60)}…`;
    throw new InvalidArgumentError(message, { op, remedy: "choose another with --root" });
  }
  try {
    await makeFolders(root);
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

/** One after another: Node.js' own way to make them all never ends where a file system refuses with ENOENT, as /proc does. */
async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = path.dirname(folder);
    if (code === "EEXIST" && (await stat(folder)).isDirectory()) return;
    if (code !== "ENOENT" || parent === folder) throw error;
    await makeFolders(parent);
    await mkdir(folder, { mode: 0o700 });
  }
}

async function closeToOthers(root: string, uid: number): Promise<void> {
  const found = await stat(root);
  const quoted = `'${root.replaceAll("'", "'\\''")}'`;
  const mode = found.mode & 0o777;
  if (found.uid === uid && (mode & 0o077) === 0) return;
  const names = await readdir(root).catch(() => undefined);
  const isDaemons = names?.includes(databaseName) === true;
  const refuse = (reason: string, command: string): never => {
    const remedy = "choose an empty folder with --root";
    // Where it is not a daemon's, the command would close a folder such as / or /tmp to all that need it.
    const mended = isDaemons ? `${remedy}, or, if all in this one is yours: ${command}` : remedy;
    throw new PermissionDeniedError(`the root folder ${root} ${reason}`, { op, resource: root, remedy: mended });
  };
  if (found.uid !== uid) {
    refuse(`belongs to the account ${found.uid}, and this daemon runs as ${uid}`, `chown -R ${uid} ${quoted} && chmod 700 ${quoted}`);
  }
  const writtenByOthers = (mode & 0o002) !== 0;
  // The mode of /tmp, or of a home folder given by mistake, is not ours to change.
  if (names?.length === 0 || (isDaemons && !writtenByOthers)) return chmod(root, 0o700);
  const others = writtenByOthers ? "write to" : "open";
  refuse(`holds files already, and other accounts can ${others} it (mode ${mode.toString(8)})`, `chmod 700 ${quoted}`);
}
