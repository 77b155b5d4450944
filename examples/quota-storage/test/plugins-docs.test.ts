import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const read = (name: string) => readFile(new URL(`../../../${name}`, import.meta.url), "utf8");

it("the code in docs/plugins.md is that of the example, which has less than 150 lines", async () => {
  const blocks = [...(await read("docs/plugins.md")).matchAll(/<!-- (\S+) -->\n\n```ts\n(.*?)```/gs)];
  expect(blocks).toHaveLength(3);
  for (const [, file = "", code] of blocks) expect(code, file).toBe(await read(file));

  const sources = await Promise.all(["index", "plugin", "quota-storage"].map((name) => read(`examples/quota-storage/src/${name}.ts`)));
  expect(sources.join("").split("\n").length).toBeLessThan(150);
});
