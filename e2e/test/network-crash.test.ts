import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { guestProcesses } from "@oriel/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { eventually, mountsBelow, whyNoNetworks } from "../src/host.ts";
import { nanoArchive } from "../src/nano.ts";
import { ExpectedState } from "../src/network-load/expected-state.ts";
import { loadNetworks } from "../src/network-load/network-load.ts";
import { networkResources } from "../src/network-resources.ts";

const skipped = whyNoNetworks();
/** The release check has 100. */
const kills = Number(process.env.ORIEL_KILLS ?? 3);
/** Milliseconds from the start of the load to the last moment at which it is cut short: some two lives of a container. */
const longest = 6_000;

describe.skipIf(skipped !== undefined)(`networks and volumes of a daemon that is killed${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let daemon: TestDaemon;
  const expected = new ExpectedState();

  beforeAll(async () => {
    daemon = await startDaemon();
    expect((await daemon.docker(["load", "-i", await nanoArchive()])).code).toBe(0);
  });

  afterAll(() => daemon?.dispose());

  const list = async (...words: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await daemon.docker(words);
    expect({ code, stderr }, words.join(" ")).toEqual({ code: 0, stderr: "" });
    return stdout.split("\n").filter((line) => line !== "");
  };
  const volumes = () => list("volume", "ls", "-q");
  const networks = async () => (await list("network", "ls", "--format", "{{.Name}}")).filter((name) => name !== "nat" && name !== "none");
  const containers = () => list("ps", "-a", "--format", "{{.Names}}");

  it(`after ${kills} kills at random moments nothing is left that nobody owns, and volumes have what was acknowledged`, {
    timeout: 60_000 + kills * 60_000,
  }, async () => {
    const moment = randomMoments(Number(process.env.ORIEL_KILL_SEED ?? 1));
    const cutShort = new Map<string, number>();
    for (let kill = 0; kill < kills; kill += 1) {
      const delay = moment();
      const workers = ["a", "b"].map((worker) => loadNetworks(daemon, expected, `${worker}${kill}`));
      await new Promise((resolve) => setTimeout(resolve, delay));
      await daemon.end("SIGKILL");
      const failures = await Promise.all(workers);
      for (const failure of failures) count(cutShort, failure.split(" ").slice(1, 3).join(" "));
      // Guests notice by themselves that nobody is there any more.
      await eventually("no process of a container is left", async () => (await guestProcesses(daemon.root)).length === 0);
      daemon = await startDaemon({ folder: daemon.folder });

      const when = `kill ${kill + 1}, ${delay} ms after the start of the load, during ${failures.join(" and ")}`;
      const found = [...(await volumes()), ...(await networks()), ...(await containers())];
      expect(expected.compare(found), when).toEqual([]);
      expected.confirm(found);
      expect(await list("ps", "-q"), when).toEqual([]);
      const held = await networkResources(daemon);
      const networksOnHost = (await networks()).length + 1;
      expect(held, when).toMatchObject({ spaces: [], links: [], ports: [], endpoints: [] });
      expect(held.networks, when).toHaveLength(networksOnHost);
      if (held.hasTable) expect(held.bridges, when).toHaveLength(networksOnHost);
      expect(await mountsBelow(daemon.root), when).toEqual([]);
      expect((await entriesOf("containers")).length, when).toBe((await containers()).length);
      for (const volume of await volumes()) expect(expected.contents(volume), `${volume}: ${when}`).toContain(await contentOf(volume));

      const left = await containers();
      if (left.length > 0) await list("rm", "-f", ...left);
      await list("network", "prune", "-f");
      expected.confirm(await volumes());
    }
    process.stdout.write(`${kills} kills: ${[...cutShort].map(([what, times]) => `${what} ${times}`).join(", ")}\n`);
  });

  it("after all is removed and the daemon has stopped, nothing of it is on the host, and no record of it", async () => {
    await list("volume", "prune", "-af");
    expect(await daemon.end("SIGTERM")).toBe(0);
    expect(await networkResources(daemon)).toMatchObject({ spaces: [], links: [], bridges: [], ports: [], hasTable: false, endpoints: [] });
    expect(await entriesOf("volumes")).toEqual([]);
    const rows = (file: string, sql: string): unknown[] => {
      const database = new DatabaseSync(path.join(daemon.root, file), { readOnly: true });
      try {
        return database.prepare(sql).all();
      } finally {
        database.close();
      }
    };
    expect(rows("networks.db", "SELECT name FROM networks ORDER BY name")).toMatchObject([{ name: "nat" }, { name: "none" }]);
    expect(rows("networks.db", "SELECT id FROM endpoints")).toEqual([]);
    expect(rows("oriel.db", "SELECT kind, id FROM resources WHERE kind NOT IN ('layer', 'network')")).toEqual([]);
    expect(rows("oriel.db", "SELECT id FROM resources WHERE kind = 'network'").length).toBeLessThanOrEqual(1);
  });

  /** What a folder of the daemon holds; it is made when it is needed. */
  async function entriesOf(folder: string): Promise<string[]> {
    return readdir(path.join(daemon.root, folder)).catch(() => []);
  }

  async function contentOf(volume: string): Promise<string> {
    const [folder = ""] = await list("volume", "inspect", "-f", "{{.Mountpoint}}", volume);
    return (await readFile(path.join(folder, "file.txt"), "utf8").catch(() => "")).trim();
  }
});

/** The same moments in each run with a seed, spread over the load. */
function randomMoments(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * longest);
  };
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
