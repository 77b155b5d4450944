import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import * as backupStream from "../src/index.ts";

test("the first example of the README runs and gives what its comments say", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const names = /import \{ (.*?) \}/.exec(example)?.[1] ?? "";
  const body = example.replace(/^import .*$/m, "").replace(": string[]", "");
  const run = new Function("library", `const { ${names} } = library;\n${body}\nreturn { seen, link };`);
  const { seen, link } = run(backupStream);
  expect(seen).toEqual(["stream 1 '', 5 bytes", "stream 4 ':note:$DATA', 4 bytes"]);
  expect(Buffer.from(link).readUInt32LE(20)).toBe(backupStream.ReparseTag.Symlink);
});
