import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../src/command.ts";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { whyNoNetworks } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";

const skipped = whyNoNetworks();
const image = "oriel/nano";
const script = fileURLToPath(new URL("../fixtures/python/networks_and_volumes.py", import.meta.url));
const lacksPython = !existsSync("/usr/lib/python3/dist-packages/docker");

describe.skipIf(skipped !== undefined)(`libraries for Docker's API${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startDaemon();
    expect((await daemon.oriel(["load", "-i", await nanoArchive()])).code).toBe(0);
  });

  afterAll(() => daemon?.dispose());

  it("dockerode makes networks and volumes, connects containers, and removes all again", async () => {
    const docker = new Docker({ socketPath: daemon.socket, timeout: 60_000 });
    const volume = await docker.createVolume({ Name: "node-data", Labels: { purpose: "test" } });
    const network = await docker.createNetwork({ Name: "node-net", Driver: "nat", Labels: { purpose: "test" } });
    const container = await docker.createContainer({
      Image: image,
      name: "node-server",
      Cmd: ["ping", "-n", "1000", "127.0.0.1"],
      HostConfig: { NetworkMode: "node-net", Mounts: [{ Type: "volume", Source: "node-data", Target: "C:\\data" }] },
      NetworkingConfig: { EndpointsConfig: { "node-net": { Aliases: ["backend"] } } },
    });
    await container.start();
    const { NetworkSettings, Mounts } = await container.inspect();
    const address = NetworkSettings.Networks["node-net"]?.IPAddress;
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(Mounts).toMatchObject([{ Type: "volume", Name: "node-data", Driver: "local", RW: true }]);

    const nat = docker.getNetwork("nat");
    await nat.connect({ Container: "node-server" });
    expect(Object.keys((await container.inspect()).NetworkSettings.Networks).sort()).toEqual(["nat", "node-net"]);
    await nat.disconnect({ Container: "node-server" });
    expect(Object.values((await network.inspect()).Containers ?? {})).toMatchObject([
      { Name: "node-server", IPv4Address: expect.stringContaining(`${address}/`) },
    ]);

    const filters = { label: ["purpose=test"] };
    expect((await docker.listNetworks({ filters })).map(({ Name }) => Name)).toEqual(["node-net"]);
    expect((await docker.listVolumes({ filters })).Volumes.map(({ Name }) => Name)).toEqual(["node-data"]);
    await expect(network.remove()).rejects.toMatchObject({ statusCode: 403 });
    await expect(volume.remove()).rejects.toMatchObject({ statusCode: 409 });
    await container.remove({ force: true });
    await network.remove();
    await volume.remove();
    await expect(docker.getVolume("node-data").inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  it.skipIf(lacksPython)(
    `docker for Python makes networks and volumes, and finds containers by alias${lacksPython ? " (skipped: python3-docker is not installed)" : ""}`,
    async () => {
      const { code, stdout, stderr } = await runCommand("/usr/bin/python3", [script], {
        env: { DOCKER_HOST: daemon.host },
        timeout: 110_000,
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(JSON.parse(stdout)).toEqual({
        volume: ["py-data", "local", { purpose: "test" }],
        volumes: ["py-data"],
        networks: ["py-net"],
        address: "10.213.7.77",
        ports: ["80/tcp"],
        published: 1,
        written: [0, "kept"],
        "found by alias": true,
        read: "kept",
        connected: ["py-server"],
        "volume in use": 409,
        pruned: ["py-data"],
      });
    },
  );
});
