import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { temporaryName } from "../src/files/temporary-name.ts";

test("no two threads make the same name", async () => {
  const room = new URL("../src/files/temporary-name.ts", import.meta.url).href;
  const code = `import(${JSON.stringify(room)}).then(({ temporaryName }) =>
    require("node:worker_threads").parentPort.postMessage([temporaryName("/a"), temporaryName("/a")]))`;
  const names = await Promise.all(
    [1, 2].map(async () => {
      const worker = new Worker(code, { eval: true });
      const [made] = await once(worker, "message");
      await worker.terminate();
      return made as string[];
    }),
  );
  const all = [...names.flat(), temporaryName("/a"), temporaryName("/a")];
  expect(new Set(all).size).toBe(6);
  for (const name of all) expect(name).toMatch(/^\/a\.new-/);
});
