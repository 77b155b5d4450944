import { readdir, readFile, readlink } from "node:fs/promises";
import path from "node:path";

/** States of sockets that have a port to themselves (the kernel's tcp_states.h): listening, and those of udp. */
const ownStates = { tcp: "0A", udp: "07" } as const;

/** Finds the process that has a port of this host, by /proc: `nginx (process 123)`, `this daemon`; undefined where it cannot be seen. */
export async function portOwner(protocol: "tcp" | "udp", port: number): Promise<string | undefined> {
  const tables = await Promise.all([protocol, `${protocol}6`].map((name) => readFile(`/proc/net/${name}`, "latin1").catch(() => "")));
  const sockets = new Set(
    tables.flatMap((table) =>
      table.split("\n").flatMap((line) => {
        const [, local = "", , state, , , , , , inode] = line.trim().split(/ +/);
        return state === ownStates[protocol] && Number.parseInt(local.split(":")[1] ?? "", 16) === port ? [`socket:[${inode}]`] : [];
      }),
    ),
  );
  if (sockets.size === 0) return undefined;
  for (const pid of (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      if (!sockets.has(await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => ""))) continue;
      if (pid === String(process.pid)) return "this daemon";
      const [program = ""] = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
      return `${path.basename(program)} (process ${pid})`;
    }
  }
  return undefined;
}
