import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { whyNoWine } from "../../packages/hcs-bindings/wine/harness.ts";

const noDocker = "no docker command line is installed";

/** Why tests that run containers cannot do so here; undefined where they can. */
export function whyNoContainers(): string | undefined {
  const loaders = ["/usr/lib/wine/wine64", "/usr/bin/wine64", "/usr/bin/wine", "/opt/wine-stable/bin/wine64"];
  if (!loaders.some((file) => existsSync(file))) return "Wine is not installed";
  return process.platform !== "linux" || inPath("bwrap") ? undefined : "bubblewrap is not installed";
}

export function whyNoDocker(): string | undefined {
  return inPath("docker") ? whyNoContainers() : noDocker;
}

/** Why containers have no networks of their own here. What they have then is in test/network-of-the-host.test.ts. */
export function whyNoNetworks(): string | undefined {
  const missing = ["ip", "nft"].find((name) => !inPath(name, "/usr/sbin:/sbin:/usr/bin:/bin"));
  const reason = process.platform !== "linux" || process.getuid?.() !== 0 ? "networks need root on Linux" : undefined;
  return whyNoDocker() ?? reason ?? (missing === undefined ? undefined : `${missing} is not installed`);
}

/** Why no daemon can run in a Windows Node.js here, with `docker` as its client; undefined where it can. */
export async function whyNoWindowsDaemon(): Promise<string | undefined> {
  return inPath("docker") ? whyNoWine() : noDocker;
}

export function chromium(): string | undefined {
  return ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((file) => existsSync(file));
}

function inPath(name: string, folders = process.env.PATH ?? ""): boolean {
  return folders.split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));
}

/** Ids of the live processes in whose environment, `NAME=value` one after another, this text stands. */
export async function processesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (environment.includes(text)) found.push(pid);
  }
  return found;
}

/** Mount points at or below a folder. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  return table
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((target) => target.startsWith(`${folder}/`));
}

/** Waits until a condition holds. @throws Error that names it when it does not within the time. */
export async function eventually(what: string, condition: () => Promise<boolean>, milliseconds = 15_000): Promise<void> {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${milliseconds / 1000} s: ${what}`);
}
