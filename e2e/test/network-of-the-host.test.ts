import net from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDaemon, storage, type TestDaemon } from "../src/daemon.ts";
import { whyNoDocker } from "../src/host.ts";
import { nodeArchive, nodeImage } from "../src/node-image.ts";
import { getPage, listens, publishedPort } from "../src/service.ts";

const skipped = whyNoDocker();

describe.skipIf(skipped !== undefined)(
  `containers that use the host's network, as those of ordinary users do${skipped ? ` (skipped: ${skipped})` : ""}`,
  () => {
    let daemon: TestDaemon;

    beforeAll(async () => {
      daemon = await startDaemon({ configuration: `storage = "${storage}"\n[emulator]\nnetwork = "host"\n` });
      expect((await daemon.docker(["load", "-i", await nodeArchive()])).code).toBe(0);
    });

    afterAll(() => daemon?.dispose());

    it("publish ports, and a warning says what they are", async () => {
      const port = await freePort();
      const service = ["-e", "SERVICE_NAME=web", "-e", `SERVICE_PORT=${port}`, "-p", `${port}`];
      const run = await daemon.docker(["run", "-d", "--name", "web", ...service, nodeImage]);
      expect(run).toMatchObject({ code: 0, stderr: expect.stringMatching(/^WARNING: .*host's own network/) });
      await listens(daemon, "web");
      const published = await publishedPort(daemon, "web", `${port}/tcp`);
      expect(published).not.toBe(port);
      expect(await getPage(`http://127.0.0.1:${published}/`)).toEqual({ status: 200, text: "I am web\n" });
      await daemon.docker(["rm", "-f", "web"]);
      await expect(getPage(`http://127.0.0.1:${published}/`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
      expect((await daemon.docker(["info"])).stderr).toContain("use this host's own");
    });
  },
);

/** A port that nobody listened on a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
