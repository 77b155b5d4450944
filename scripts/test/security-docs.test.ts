import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";

const document = path.resolve(import.meta.dirname, "../../docs/security.md");
const lines = (await readFile(document, "utf8")).split("\n");

/** Rows whose last cell is a test's title, below the link to the file that has it. */
const claims: [title: string, file: string][] = [];
let file = "";
for (const line of lines) {
  file = /^\[[^\]]+\]\((\.\.\/[^)]+\.ts)\)$/.exec(line)?.[1] ?? (line.startsWith("## ") ? "" : file);
  const title = /^\|.*\| `(.+)` \|$/.exec(line)?.[1];
  if (title !== undefined && file !== "") claims.push([title, file]);
}

it("every attempt that docs/security.md says is refused names a test", async () => {
  expect(claims.length).toBeGreaterThan(60);
  const missing: string[] = [];
  for (const [title, name] of claims) {
    const tests = path.resolve(path.dirname(document), name);
    const text = existsSync(tests) ? (await readFile(tests, "utf8")).replaceAll("\\\\", "\\") : "";
    if (!text.includes(title)) missing.push(`${name}: ${title}`);
  }
  expect(missing).toEqual([]);
});
