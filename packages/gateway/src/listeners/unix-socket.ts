import { chmod, lstat, stat, unlink } from "node:fs/promises";
import { createConnection, type ListenOptions, type Server } from "node:net";
import { dirname } from "node:path";
import { isMainThread } from "node:worker_threads";
import { AlreadyExistsError, DeadlineExceededError, withDeadline } from "@oriel/contracts";

/** Owner and group may connect, as with dockerd: who may connect controls the host. */
const socketMode = 0o660;

/** How long a daemon may take to accept a connection before the socket counts as in use anyway. */
const probeMilliseconds = 2000;

/**
 * Listens on a Unix socket. One that a dead daemon left behind is replaced.
 * @throws AlreadyExistsError when somebody answers on it, or the path is something else than a socket
 */
export async function listenOnUnixSocket(server: Server, path: string): Promise<void> {
  await removeStaleSocket(path);
  // The socket is made within this call: nobody can connect before it has its mode. Worker threads cannot change it.
  const umask = isMainThread ? process.umask(0o777 & ~socketMode) : undefined;
  try {
    await listening(server, { path });
  } finally {
    if (umask !== undefined) process.umask(umask);
  }
  await chmod(path, socketMode);
}

/** Settles when the server listens or cannot. */
export function listening(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) {
    // A folder that does not exist makes bind fail as if access were denied: libuv reports it so on every system.
    await stat(dirname(path));
    return;
  }
  const taken = (message: string) => new AlreadyExistsError(message, { op: "gateway.listen", resource: path });
  if (!found.isSocket()) throw taken(`${path} exists and is no socket: remove it, or listen elsewhere`);
  if (await answers(path)) throw taken(`another process listens on ${path}: stop it, or listen elsewhere`);
  await unlink(path);
}

function answers(path: string): Promise<boolean> {
  const socket = createConnection(path);
  const answered = new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"));
  });
  const op = "gateway.listen";
  const error = () => new DeadlineExceededError(`whether somebody listens on ${path} could not be found out`, { op, resource: path });
  return withDeadline(answered, { ms: probeMilliseconds, error, op }).finally(() => socket.destroy());
}
