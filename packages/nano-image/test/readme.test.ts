import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { findWinePrograms } from "../src/wine-programs.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const run = promisify(execFile);
const example = fileURLToPath(new URL("../examples/build-nano-image.ts", import.meta.url));
const wine = await findWinePrograms().catch((error: Error) => error);
const skipped = wine instanceof Error ? ` (skipped: ${wine.message})` : "";

it("the first example of the README is examples/build-nano-image.ts", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, block] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  expect(block).toBe(await readFile(example, "utf8"));
});

it.skipIf(skipped)(`the example builds an image${skipped}`, async () => {
  const cwd = await temporaryFolder();
  const { stdout } = await run(process.execPath, ["--experimental-strip-types", "--conditions=oriel-source", example], { cwd });
  expect(stdout).toMatch(/^oriel\/nano:latest, oriel\/nano:10\.0\.20348\.2113: \d+ MB of wine-/);
  expect((await stat(path.join(cwd, "nano.tar"))).size).toBeGreaterThan(10_000_000);
});
