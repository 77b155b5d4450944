import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * How folders of the host are shown to a container, the best first: by mounts of root's, by mounts in a user name space, which
 * many hosts allow everybody, or by links.
 */
export type MappingKind = "mounts" | "user-mounts" | "links";

/** Words before a command that gives it a name space for its mounts. */
export const nameSpaces = {
  mounts: ["unshare", "--mount", "--propagation", "slave", "--"],
  "user-mounts": ["unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "--propagation", "slave", "--"],
} as const satisfies Partial<Record<MappingKind, readonly string[]>>;

let best: Promise<MappingKind> | undefined;

/** What this host allows, found out by doing so; once. */
export function bestMapping(): Promise<MappingKind> {
  best ??= find();
  return best;
}

async function find(): Promise<MappingKind> {
  for (const kind of ["mounts", "user-mounts"] as const) if (await allowsMounts(kind)) return kind;
  return "links";
}

/** Whether this host allows mounts of a kind, found out by making one. No user name space can be made in a chroot. */
export async function allowsMounts(kind: keyof typeof nameSpaces): Promise<boolean> {
  const probe = await mkdtemp(path.join(os.tmpdir(), "oriel-mounts-"));
  try {
    const [command, ...words] = [...nameSpaces[kind], "mount", "--bind", probe, probe];
    return await run(command, words, { timeout: 10_000 }).then(
      () => true,
      () => false,
    );
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}
