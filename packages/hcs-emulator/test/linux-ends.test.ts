import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { createEmulatedHcs } from "../src/index.ts";
import { noLinux, skippedLinux } from "./emulated-linux.ts";

/** One for each victim, or as many as a longer run wants: one after the other of them. */
const rounds = Number(process.env.ORIEL_KILLS ?? 3);
const program = fileURLToPath(new URL("fixtures/hold-linux-container.ts", import.meta.url));
const victims = ["the process that serves it", "what waits for its process 1", "its process 1"] as const;

/** Processes of the host whose command line has these words, by pid. */
async function processesWith(words: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      return line.replaceAll("\0", " ").includes(words) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

describe.skipIf(noLinux !== undefined)(`SIGKILL of a Linux container's parts${skippedLinux}`, () => {
  it.each(victims)("leaves nothing of the container: %s", { timeout: 30_000 * rounds }, async (victim) => {
    for (let round = 0; round < Math.ceil(rounds / victims.length); round += 1) {
      const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-killed-"));
      const seconds = `1000.${process.pid}${round}`;
      const words = ["--conditions=oriel-source", "--disable-warning=ExperimentalWarning", program, folder, seconds];
      const holder = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
      onTestFinished(() => void holder.kill("SIGKILL"));
      await once(holder.stdout, "data");
      const [outer = 0, first = 0] = (await processesWith(`${folder}/engine/scratch`)).toSorted((a, b) => a - b);
      while ((await processesWith(`sleep ${seconds}`)).length < 3) await pause(10);
      const isServer = victim === victims[0];
      const said = text(holder.stdout);
      process.kill(isServer ? (holder.pid ?? 0) : victim === victims[1] ? outer : first, "SIGKILL");
      if (!isServer) expect(await said).toBe("ended\n");
      while ([...(await processesWith(`sleep ${seconds}`)), ...(await processesWith(`${folder}/engine/scratch`))].length > 0)
        await pause(10);
      const hcs = createEmulatedHcs({ root: `${folder}/engine` });
      await hcs.start();
      await hcs.close();
      expect(await readdir(`${folder}/engine/hcs`)).toEqual([]);
      expect(await readFile("/proc/self/mountinfo", "utf8")).not.toContain(folder);
      await rm(folder, { recursive: true });
    }
  });
});
