import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callApi } from "../src/api.ts";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { whyNoDocker } from "../src/host.ts";
import { isLongRun } from "../src/long-run.ts";
import { nanoArchive } from "../src/nano.ts";

const skipped = whyNoDocker();
const image = "oriel/nano";
const workers = 4;
const lives = isLongRun ? 10 : 3;

interface Listed {
  readonly Id: string;
  readonly State: string;
  readonly SizeRw?: number;
}

describe.skipIf(skipped !== undefined).each(["windowsfilter", "snapshotter"])(
  `sizes and changes read beside a removal, storage = "%s"${skipped ? ` (skipped: ${skipped})` : ""}`,
  (storage) => {
    let daemon: TestDaemon;
    const call = (method: string, path: string, body?: unknown) => callApi(daemon.socket, method, path, body);

    beforeAll(async () => {
      daemon = await startDaemon({ configuration: `storage = "${storage}"\n` });
      expect((await daemon.docker(["load", "-i", await nanoArchive()])).code).toBe(0);
    });

    afterAll(() => daemon.dispose());

    /** One life of a container, read while it is removed; returns what was refused. */
    const live = async (readAlong: (id: string) => Promise<unknown>): Promise<unknown[]> => {
      const created = await call("POST", "/containers/create", { Image: image, Cmd: ["cmd", "/c", "echo x>C:\\x.txt"] });
      const { Id: id } = created.body as { Id: string };
      const started = await call("POST", `/containers/${id}/start`);
      await call("POST", `/containers/${id}/wait`);
      const [removed] = await Promise.all([call("DELETE", `/containers/${id}`), readAlong(id)]);
      return [started, removed].filter(({ status }) => status !== 204);
    };
    const liveInTurns = async (readAlong: (id: string) => Promise<unknown>): Promise<unknown[]> => {
      const refused: unknown[] = [];
      const work = async () => {
        for (let n = 0; n < lives; n += 1) refused.push(...(await live(readAlong)));
      };
      await Promise.all(Array.from({ length: workers }, work));
      return refused;
    };

    it("leave no container dead, fail no start, and are never -1 while all are listed", { timeout: 300_000 }, async () => {
      let isOver = false;
      const unsized: unknown[] = [];
      const list = async () => {
        while (!isOver) {
          const { status, body } = await call("GET", "/containers/json?all=1&size=1");
          if (status !== 200) unsized.push({ status, body });
          else unsized.push(...(body as Listed[]).filter(({ SizeRw = 0 }) => SizeRw < 0));
        }
      };
      const living = liveInTurns(async () => {}).finally(() => {
        isOver = true;
      });
      const [refused] = await Promise.all([living, list()]);
      expect(refused).toEqual([]);
      expect(unsized).toEqual([]);
      expect((await call("GET", "/containers/json?all=1")).body).toEqual([]);
      expect(daemon.output()).not.toMatch(/Access is denied|virus scanner/);
    });

    it("leave no container dead while its changes are listed", { timeout: 300_000 }, async () => {
      const statuses: number[] = [];
      const refused = await liveInTurns(async (id) => statuses.push((await call("GET", `/containers/${id}/changes`)).status));
      expect(refused).toEqual([]);
      expect(statuses.filter((status) => ![200, 404, 409].includes(status))).toEqual([]);
      expect((await call("GET", "/containers/json?all=1")).body).toEqual([]);
    });
  },
);
