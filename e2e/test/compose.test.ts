import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Compose, installedComposes } from "../src/compose.ts";
import { repository, startDaemon, type TestDaemon } from "../src/daemon.ts";
import { eventually, whyNoNetworks } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";
import { nodeArchive, servicePort } from "../src/node-image.ts";
import { getPage } from "../src/service.ts";

const composes = installedComposes();
const skipped = whyNoNetworks() ?? (composes.length === 0 ? "Compose is not installed" : undefined);
const file = fileURLToPath(new URL("../fixtures/compose/compose.yaml", import.meta.url));

describe.skipIf(skipped !== undefined)(`Compose${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startDaemon();
    for (const archive of [await nanoArchive(), await nodeArchive()]) expect((await daemon.docker(["load", "-i", archive])).code).toBe(0);
  });

  afterAll(() => daemon?.dispose());

  it.each(composes)("$name: two services, a network, a volume and a port, from up to down", { timeout: 300_000 }, async (compose) => {
    const project = await makeProject(daemon, compose);
    await project.succeed("up", "-d");

    const url = `http://127.0.0.1:${portIn(await project.succeed("port", "web", `${servicePort}`))}`;
    await serves(url, "I am web");
    expect((await getPage(`${url}/get?url=${encodeURIComponent(`http://database:${servicePort}/`)}`)).text).toBe("I am db\n");

    const running = await project.succeed("ps");
    for (const name of ["web", "db"]) expect(running).toContain(project.container(name, 1));
    await eventually("both are in the logs", async () => /web.*\n?.*web listens/.test(await project.succeed("logs", "--no-color", "web")));
    expect(await project.succeed("exec", "-T", "db", "cmd", "/c", "echo kept>C:\\data\\file.txt& type C:\\data\\file.txt")).toBe("kept");
    const failed = await project.run("exec", "-T", "db", "cmd", "/c", "exit 5");
    expect(failed.code).toBe(5);

    await project.succeed("restart", "-t", "1");
    const again = `http://127.0.0.1:${portIn(await project.succeed("port", "web", `${servicePort}`))}`;
    await serves(`${again}/get?url=${encodeURIComponent(`http://db:${servicePort}/`)}`, "I am db");
    expect(await project.succeed("exec", "-T", "db", "cmd", "/c", "type C:\\data\\file.txt")).toBe("kept");

    await project.succeed("up", "-d", "--scale", "web=2");
    const ports = await Promise.all(
      [1, 2].map(async (index) => portIn(await project.succeed("port", "--index", `${index}`, "web", `${servicePort}`))),
    );
    expect(new Set(ports).size).toBe(2);
    for (const port of ports) await serves(`http://127.0.0.1:${port}`, "I am web");

    await project.succeed("down", "-t", "1");
    expect(await daemon.docker(["volume", "ls", "-q"])).toMatchObject({ code: 0, stdout: `${project.name}_data\n` });
    await project.succeed("up", "-d", "db");
    expect(await project.succeed("exec", "-T", "db", "cmd", "/c", "type C:\\data\\file.txt")).toBe("kept");
    await project.succeed("down", "-v", "-t", "1");
    expect(await daemon.docker(["ps", "-aq"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await daemon.docker(["volume", "ls", "-q"])).toEqual({ code: 0, stdout: "", stderr: "" });
    const networks = await daemon.docker(["network", "ls", "--format", "{{.Name}}"]);
    expect(networks.stdout.trim().split("\n").sort()).toEqual(["nat", "none"]);
  });

  it.each(composes)("$name: the example of the README", { timeout: 180_000 }, async (compose) => {
    const readme = await readFile(path.join(repository, "README.md"), "utf8");
    const example = /```yaml\n(# compose\.yaml\n.*?)```/s.exec(readme)?.[1] ?? "";
    const project = await makeProject(daemon, compose, "readme");
    await writeFile(path.join(daemon.folder, project.name, "docker-compose.yml"), example);
    const { stdout } = await project.run("up", "--abort-on-container-exit", "-t", "1");
    expect(stdout).toMatch(/client.*Reply from \d+\.\d+\.\d+\.\d+/);
    await project.succeed("down", "-v", "-t", "1");
    expect(await daemon.docker(["volume", "ls", "-q"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});

interface Project {
  readonly name: string;
  run(...words: string[]): ReturnType<Compose["run"]>;
  /** The output of a command, of which nothing but success is expected. */
  succeed(...words: string[]): Promise<string>;
  /** The name of a service's container. */
  container(service: string, index: number): string;
}

async function makeProject(daemon: TestDaemon, compose: Compose, prefix = ""): Promise<Project> {
  const name = `${prefix}${compose.name.replaceAll(/[^a-z0-9]/g, "")}`;
  const folder = path.join(daemon.folder, name);
  await mkdir(folder);
  await copyFile(file, path.join(folder, "docker-compose.yml"));
  const run = (...words: string[]) => compose.run(daemon, folder, words);
  return {
    name,
    run,
    async succeed(...words) {
      const result = await run(...words);
      expect(result, words.join(" ")).toMatchObject({ code: 0 });
      return result.stdout.trim();
    },
    container: (service, index) => [name, service, index].join(compose.separator),
  };
}

function portIn(text: string): number {
  return Number(/:(\d+)$/.exec(text)?.[1]);
}

/** A published port is open before the service listens. */
async function serves(url: string, text: string): Promise<void> {
  const isServed = async (): Promise<boolean> => {
    const page = await getPage(url).catch(() => undefined);
    return page?.text.trim() === text;
  };
  await eventually(`${url} serves "${text}"`, isServed, 60_000);
}
