import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { GenericContainer, Network, type StartedTestContainer, Wait } from "testcontainers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { whyNoNetworks } from "../src/host.ts";
import { nodeArchive, nodeImage, servicePort } from "../src/node-image.ts";
import { getPage } from "../src/service.ts";

const skipped = whyNoNetworks();

describe.skipIf(skipped !== undefined)(`Testcontainers${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;
  const started: StartedTestContainer[] = [];

  beforeAll(async () => {
    daemon = await startDaemon();
    expect((await daemon.docker(["load", "-i", await nodeArchive()])).code).toBe(0);
    // Its reaper is a container of Linux.
    process.env.TESTCONTAINERS_RYUK_DISABLED = "true";
    process.env.DOCKER_HOST = daemon.host;
  });

  afterAll(async () => {
    delete process.env.DOCKER_HOST;
    await daemon?.dispose();
  });

  const start = async (container: GenericContainer): Promise<StartedTestContainer> => {
    const one = await container.start();
    started.push(one);
    return one;
  };
  const urlOf = (container: StartedTestContainer) => `http://${container.getHost()}:${container.getMappedPort(servicePort)}`;

  it("starts a container, waits for its port, reads its logs, runs a command in it and stops it", async () => {
    const container = await start(
      new GenericContainer(nodeImage)
        .withEnvironment({ SERVICE_NAME: "tested" })
        .withExposedPorts(servicePort)
        .withWaitStrategy(Wait.forHttp("/", servicePort)),
    );
    expect((await getPage(urlOf(container))).text).toBe("I am tested\n");
    const { exitCode, output } = await container.exec(["cmd", "/c", "echo inside& exit 3"]);
    expect({ exitCode, output: output.trim() }).toEqual({ exitCode: 3, output: "inside" });
    await container.stop();
    expect((await daemon.docker(["ps", "-aq"])).stdout).toBe("");
  });

  it("connects two by a network and an alias, with a folder of the host and a volume", async () => {
    const folder = path.join(daemon.folder, "shared");
    await mkdir(folder);
    await writeFile(path.join(folder, "in.txt"), "of the host");
    const network = await new Network().start();
    const server = await start(
      new GenericContainer(nodeImage)
        .withEnvironment({ SERVICE_NAME: "server" })
        .withNetwork(network)
        .withNetworkAliases("backend")
        .withBindMounts([
          { source: folder, target: "C:\\shared" },
          { source: "tested-data", target: "C:\\data" },
        ])
        .withWaitStrategy(Wait.forLogMessage("listens on")),
    );
    const client = await start(
      new GenericContainer(nodeImage).withNetwork(network).withExposedPorts(servicePort).withWaitStrategy(Wait.forHttp("/", servicePort)),
    );
    const asked = async (path: string) =>
      (await getPage(`${urlOf(client)}/get?url=${encodeURIComponent(`http://backend:${servicePort}${path}`)}`)).text.trim();
    expect(await asked("/")).toBe("I am server");
    expect(await asked(`/read?file=${encodeURIComponent("C:\\shared\\in.txt")}`)).toBe("of the host");
    expect(await asked(`/write?file=${encodeURIComponent("C:\\shared\\out.txt")}&text=guest`)).toBe("written");
    expect(await readFile(path.join(folder, "out.txt"), "utf8")).toBe("guest");
    expect(await asked(`/write?file=${encodeURIComponent("C:\\data\\kept.txt")}&text=volume`)).toBe("written");
    await client.stop();
    await server.stop();
    const read = await daemon.docker(["run", "--rm", "-v", "tested-data:C:\\data", nodeImage, "cmd", "/c", "type C:\\data\\kept.txt"]);
    expect(read).toEqual({ code: 0, stdout: "volume", stderr: "" });
    await network.stop();
    expect((await daemon.docker(["network", "ls", "--format", "{{.Name}}"])).stdout.trim().split("\n").sort()).toEqual(["nat", "none"]);
  });
});
