import { guestProcesses } from "@oriel/testkit";
import { startDaemon, type TestDaemon } from "../daemon.ts";
import { eventually } from "../host.ts";
import { nanoArchive } from "../nano.ts";
import { type FullDisk, mountFullDisk } from "./full-disk.ts";

const image = "oriel/nano";

/** A command that was given while the disk was full to the last byte, and what came of it. */
export interface FullDiskRow {
  readonly what: string;
  readonly code: number;
  /** First line of what it wrote. */
  readonly said: string;
}

export interface FullDiskRun {
  readonly rows: readonly FullDiskRow[];
  /** What the daemons wrote. */
  readonly output: string;
}

/** Fills the disk of a daemon, gives it the commands of a day, and frees the disk again. */
export async function runFullDisk(storage: "windowsfilter" | "snapshotter"): Promise<FullDiskRun> {
  const disk = await mountFullDisk("330m");
  const configuration = `storage = "${storage}"\n`;
  const rows: FullDiskRow[] = [];
  let daemon = await startDaemon({ folder: disk.folder, configuration }).catch(async (error: unknown) => {
    await disk.dispose();
    throw error;
  });
  let output = "";
  const restart = async (signal: NodeJS.Signals): Promise<void> => {
    await daemon.end(signal);
    output += daemon.output();
    if (signal === "SIGKILL") await eventually("no Wine process is left", async () => (await guestProcesses(daemon.root)).length === 0);
    daemon = await startDaemon({ folder: disk.folder, configuration });
  };
  const show = async (what: string, work: () => Promise<{ code: number; stdout: string; stderr: string }>): Promise<void> => {
    disk.fill();
    const { code, stdout, stderr } = await work();
    rows.push({ what, code, said: firstLine(code === 0 ? stdout : stderr) });
  };
  const docker = (what: string, ...words: string[]) => show(what, () => daemon.docker(words));
  /** A state that is to come, as `docker ps` has it. */
  const state = (what: string, name: string, wanted: (status: string) => boolean) =>
    show(what, async () => {
      const status = async () => (await daemon.docker(["ps", "-a", "--format", "{{.Status}}", "--filter", `name=^${name}$`])).stdout.trim();
      const isThere = await eventually(what, async () => wanted(await status()), 40_000).then(
        () => true,
        () => false,
      );
      const found = await status();
      return { code: isThere ? 0 : 1, stdout: found, stderr: found };
    });
  const restartRow = (what: string, signal: NodeJS.Signals) =>
    show(what, async () => {
      try {
        await restart(signal);
        return { code: 0, stdout: "", stderr: "" };
      } catch (error) {
        return { code: 1, stdout: "", stderr: String(error).split("\n").slice(1).join(" ") };
      }
    });

  try {
    await prepare(daemon);
    await docker("ps", "ps", "-a", "--format", "{{.Names}}");
    await docker("ps -s", "ps", "-as", "--format", "{{.Size}}");
    await docker("inspect", "inspect", "-f", "{{.State.Status}}", "stopped");
    await docker("logs", "logs", "old");
    await docker("system df", "system", "df");
    await docker("exec", "exec", "stopped", "cmd", "/c", "echo out");
    await docker("run", "run", "--name", "new", image, "cmd", "/c", "echo out");
    await docker("load", "load", "-i", await nanoArchive());
    await docker("stop", "stop", "-t", "2", "stopped");
    await docker("kill", "kill", "killed");
    await docker("kill of a container with --rm", "kill", "auto");
    await state("it is gone", "auto", (status) => status === "");
    await docker("rm", "rm", "stopped");
    await docker("rm -f of a running container", "rm", "-f", "forced");
    await docker("rmi", "rmi", "spare");
    await docker("container prune", "container", "prune", "-f");
    await state("the container with restart always waits", "again", (status) => status.startsWith("Restarting"));
    await restartRow("restart of the daemon after SIGKILL", "SIGKILL");
    await docker("ps after that", "ps", "-a", "--format", "{{.Names}}");
    await restartRow("restart of the daemon after SIGTERM", "SIGTERM");
    if (daemon.process.exitCode === null) await docker("ps after that", "ps", "-a", "--format", "{{.Names}}");
    disk.free();
    if (daemon.process.exitCode !== null) daemon = await startDaemon({ folder: disk.folder, configuration });
    rows.push(await afterwards(daemon));
    return { rows, output: output + daemon.output() };
  } finally {
    await endDaemon(daemon, disk);
  }
}

/** Containers in all the states that the commands need. */
async function prepare(daemon: TestDaemon): Promise<void> {
  const long = ["ping", "-n", "1000", "127.0.0.1"];
  for (const words of [
    ["load", "-i", await nanoArchive()],
    ["run", "--name", "old", image, "cmd", "/c", "echo kept& echo x>C:\\x.txt"],
    ["commit", "old", "spare"],
    ...["stopped", "killed", "forced"].map((name) => ["run", "-d", "--name", name, image, ...long]),
    ["run", "-d", "--rm", "--name", "auto", image, ...long],
    ["run", "-d", "--restart", "always", "--name", "again", image, "cmd", "/c", "ping -n 3 127.0.0.1>nul"],
  ]) {
    const { code, stderr } = await daemon.docker(words);
    if (code !== 0) throw new Error(`docker ${words.join(" ")}: ${stderr}`);
  }
}

async function afterwards(daemon: TestDaemon): Promise<FullDiskRow> {
  const what = "the container with restart always runs, once there is space";
  const status = async () => (await daemon.docker(["ps", "--format", "{{.Status}}", "--filter", "name=^again$"])).stdout.trim();
  const runs = await eventually(what, async () => (await status()).startsWith("Up"), 75_000).then(
    () => true,
    () => false,
  );
  return { what, code: runs ? 0 : 1, said: await status() };
}

async function endDaemon(daemon: TestDaemon, disk: FullDisk): Promise<void> {
  disk.free();
  if (daemon.process.exitCode === null) await daemon.end("SIGTERM");
  await disk.dispose();
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}

/** As Markdown. */
export function fullDiskTable(rows: readonly FullDiskRow[]): string {
  const lines = rows.map(({ what, code, said }) => `| ${what} | ${code} | ${said.replaceAll("|", "\\|")} |`);
  return ["| with the disk full | exit code | says |", "|---|---|---|", ...lines].join("\n");
}
