import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type GuestHostProcess, guestProcesses } from "@oriel/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { createEmulatedHcs } from "../src/index.ts";
import { baseLayer, noWine, whyNotContained } from "./emulated-container.ts";

/** One for each victim, or as many as a longer run wants: one after the other of them. */
const rounds = Number(process.env.ORIEL_KILLS ?? 5);
const shared = await baseLayer();
afterAll(() => shared.remove());
const reason = noWine ?? (await whyNotContained());

const program = fileURLToPath(new URL("fixtures/hold-container.ts", import.meta.url));
const victims = ["daemon", "agent.exe", "wineserver", "bwrap", "reaper"] as const;

const isVictim = (victim: string) => (one: GuestHostProcess) => one.name.startsWith(victim) || one.program === victim;

/** What a holder prints: "ready", "ended". */
function lines(holder: ChildProcess): { seen(line: string): Promise<void> } {
  let text = "";
  let told = (): void => undefined;
  holder.stdout?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    told();
  });
  const seen = async (line: string): Promise<void> => {
    while (!text.includes(line)) {
      const ended = holder.exitCode !== null || holder.signalCode !== null;
      if (ended) throw new Error(`the holder ended before it said ${line}: ${text}`);
      const more = new Promise<void>((resolve) => {
        told = resolve;
      });
      await Promise.race([once(holder, "exit"), more]);
    }
  };
  return { seen };
}

async function mountsBelow(folder: string): Promise<string[]> {
  return (await readFile("/proc/self/mountinfo", "utf8")).split("\n").filter((line) => line.includes(` ${folder}/`));
}

describe.skipIf(reason !== undefined)(`SIGKILL${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  it.each(victims)("of a container's %s leaves nothing of the container", { timeout: 30_000 * rounds }, async (victim) => {
    const own = Math.ceil(rounds / victims.length);
    for (let round = 0; round < own; round += 1) {
      const folder = await mkdtemp(path.join(shared.folder, "killed-"));
      const root = path.join(folder, "engine-1");
      const words = ["--conditions=oriel-source", "--disable-warning=ExperimentalWarning", program, folder, shared.base];
      const holder = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
      const { seen } = lines(holder);
      await seen("ready");
      const alive = await guestProcesses(root);
      const killed = victim === "daemon" ? { pid: holder.pid ?? 0 } : alive.find(isVictim(victim));
      if (killed === undefined) throw new Error(`no ${victim} among ${JSON.stringify(alive)}`);
      process.kill(killed.pid, "SIGKILL");
      if (victim !== "daemon") await seen("ended");
      // The agent ends what is left by itself; ten seconds later the sandbox does.
      while ((await guestProcesses(root)).length > 0) await pause(20);
      if (victim !== "daemon") await once(holder, "exit");
      const hcs = createEmulatedHcs({ root });
      await hcs.start();
      await hcs.close();
      expect(await readdir(path.join(root, "hcs"))).toEqual([]);
      expect(await mountsBelow(root)).toEqual([]);
      await rm(folder, { recursive: true });
    }
  });
});
