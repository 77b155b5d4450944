import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { silentLogger } from "@oriel/contracts";
import { mergeConfig } from "@oriel/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Daemon, startDaemon } from "../src/daemon/start-daemon.ts";
import { runCli } from "../src/run-cli.ts";
import { testTerminal } from "./terminal.ts";

let folder: string;
let host: string;
let daemon: Daemon;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "oriel-cli-"));
  host = `unix://${folder}/x.sock`;
  daemon = await startDaemon({
    config: mergeConfig([{ root: `${folder}/root`, hosts: [host], hcs: "emulated", "emulator.isolation": "none" }], "linux"),
    logger: silentLogger,
  });
});

afterAll(async () => {
  await daemon.close();
  await rm(folder, { recursive: true, force: true });
});

async function oriel(
  words: readonly string[],
  env: Readonly<Record<string, string>> = { ORIEL_HOST: host },
  input: readonly string[] = [],
) {
  const terminal = testTerminal(env, input);
  const code = await runCli(words, terminal);
  return { code, ...terminal.written() };
}

describe("the command line", () => {
  it("shows its help and its version", async () => {
    expect(await oriel(["--help"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Create and run a new container from an image"),
      stderr: "",
    });
    expect(await oriel(["run", "--help"])).toMatchObject({ code: 0, stdout: expect.stringContaining("-h, --hostname <name>") });
    expect(await oriel(["--version"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each([
    ["an unknown command", ["pss"], 1, "oriel: unknown command 'pss'\n(Did you mean ps?)\n"],
    ["an unknown flag", ["ps", "--al"], 1, "oriel: unknown option '--al'\n(Did you mean --all?)\n"],
    ["an unknown flag of run", ["run", "--rmm", "x"], 125, "oriel: unknown option '--rmm'\n(Did you mean --rm?)\n"],
    ["a missing image", ["run"], 125, "oriel: missing required argument 'image'\n"],
    [
      "a wrong number",
      ["logs", "-n", "x", "c"],
      1,
      "oriel: option '-n, --tail <lines>' argument 'x' is invalid. It must be a whole number of lines, or all.\n",
    ],
    [
      "a daemon that is not there",
      ["-H", "unix:///nowhere/x.sock", "ps"],
      1,
      "oriel: cannot reach unix:///nowhere/x.sock: there is no such socket; is the daemon running?\ntry: start a daemon (npm start, or oriel daemon), or name another with --host or ORIEL_HOST\n",
    ],
    [
      "what is no address",
      ["-H", "ssh://x", "ps"],
      1,
      'oriel: "ssh://x" is no address of a gateway: write unix:///PATH, tcp://HOST:PORT or npipe:////./pipe/NAME\n',
    ],
    ["an archive that is not there", ["load", "-i", "/nowhere/x.tar"], 1, "oriel: cannot read /nowhere/x.tar: it does not exist\n"],
    [
      "a configuration file that is not there",
      ["daemon", "--config", "/nowhere/oriel.toml"],
      1,
      "oriel: the configuration file /nowhere/oriel.toml does not exist\n",
    ],
    [
      "a wrong flag of the daemon",
      ["daemon", "--hcs", "real!"],
      1,
      'oriel: --hcs: hcs must be one of auto, windows, emulated, or the name or absolute path of an npm package, not "real!"\ntry: docs/configuration.md lists every key\n',
    ],
    ["an image that is not there", ["run", "nosuch:1"], 125, "oriel: No such image: nosuch:1\n"],
  ])("tells of %s in a line, and exits with its code", async (_, words, code, stderr) => {
    expect(await oriel(words)).toEqual({ code, stdout: "", stderr });
  });

  it("names file, line and key of a wrong configuration file", async () => {
    const file = path.join(folder, "oriel.toml");
    await writeFile(file, 'runtime = "local"\nrot = 1\n');
    const { code, stderr } = await oriel(["daemon", "--config", file]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `oriel: ${file}:2: unknown key "rot"; did you mean root?\ntry: docs/configuration.md lists every key\n`,
    });
  });

  it("goes on with the others when one of several objects fails", async () => {
    const { code, stderr } = await oriel(["rm", "one", "two"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "oriel: No such container: one\noriel: No such container: two\n" });
  });
});

describe("with a daemon that has nothing", () => {
  it("lists are their headings", async () => {
    expect(await oriel(["ps", "-a"])).toEqual({
      code: 0,
      stdout: "CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS   NAMES\n",
      stderr: "",
    });
    expect(await oriel(["images"])).toEqual({ code: 0, stdout: "REPOSITORY   TAG   IMAGE ID   CREATED   SIZE\n", stderr: "" });
    expect(await oriel(["ps", "-q"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("version and info name client, daemon and host, with what to know of it", async () => {
    expect((await oriel(["version"])).stdout).toMatch(/^Client: {2}oriel .*\nDaemon: {2}oriel .*windows\/amd64/);
    const { stdout, stderr } = await oriel(["info"]);
    expect(stdout).toMatch(/^Root folder: +.*\/root$/m);
    expect(stderr).toContain("containers are not contained");
  });

  it("inspect shows an empty list for what is not there", async () => {
    expect(await oriel(["inspect", "x"])).toEqual({ code: 1, stdout: "[]\n", stderr: "oriel: No such object: x\n" });
  });

  it("load tells what is wrong with an archive from stdin", async () => {
    const { code, stderr } = await oriel(["load"], { ORIEL_HOST: host }, ["junk"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^oriel: the archive is broken/);
  });
});

describe("volumes", () => {
  it("are made, shown, pruned and removed", async () => {
    expect(await oriel(["volume", "create", "--label", "a=b", "Data"])).toMatchObject({ code: 0, stdout: "data\n", stderr: "" });
    expect((await oriel(["volume", "create"])).stdout).toMatch(/^[0-9a-f]{64}\n$/);
    expect((await oriel(["volume", "ls", "-f", "label=a=b"])).stdout).toMatch(/^DRIVER\s+VOLUME NAME\nlocal\s+data\n$/);
    expect(JSON.parse((await oriel(["volume", "inspect", "data"])).stdout)).toMatchObject([{ Name: "data", Labels: { a: "b" } }]);
    expect((await oriel(["volume", "prune"])).stdout).toMatch(/^[0-9a-f]{64}\nReclaimed: 0/);
    expect((await oriel(["volume", "ls", "-q"])).stdout).toBe("data\n");
    expect((await oriel(["volume", "prune", "--all", "--filter", "label!=a"])).stdout).toMatch(/^Reclaimed: 0/);
    expect(await oriel(["volume", "rm", "data", "none"])).toMatchObject({
      code: 1,
      stdout: "data\n",
      stderr: "oriel: get none: no such volume\n",
    });
    expect((await oriel(["volume", "rm", "-f", "none"])).code).toBe(0);
    expect(await oriel(["volume", "create", "-d", "nfs", "x1"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('plugin "nfs" not found'),
    });
  });
});

describe("networks", () => {
  it("are made, shown and removed", async () => {
    const made = await oriel(["network", "create", "--subnet", "10.213.77.0/24", "--gateway", "10.213.77.1", "--label", "a=b", "shop"]);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/), stderr: "" });
    const listed = await oriel(["network", "ls"]);
    expect(listed.stdout).toMatch(/^NETWORK ID\s+NAME\s+DRIVER\s+SCOPE\n/);
    expect(listed.stdout).toMatch(new RegExp(`^${made.stdout.slice(0, 12)}\\s+shop\\s+nat\\s+local$`, "m"));
    const shown = JSON.parse((await oriel(["network", "inspect", "shop"])).stdout);
    expect(shown).toMatchObject([
      { Name: "shop", Labels: { a: "b" }, IPAM: { Config: [{ Subnet: "10.213.77.0/24", Gateway: "10.213.77.1" }] } },
    ]);
    expect(await oriel(["network", "connect", "shop", "nosuch"])).toMatchObject({ code: 1, stderr: "oriel: No such container: nosuch\n" });
    expect(await oriel(["network", "disconnect", "-f", "shop", "nosuch"])).toMatchObject({ code: 1 });
    expect(await oriel(["network", "rm", "shop", "nat"])).toMatchObject({
      code: 1,
      stdout: "shop\n",
      stderr: "oriel: nat is a pre-defined network and cannot be removed\n",
    });
  });
});
