import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkVariables } from "../../packages/kernel/src/index.ts";

const root = path.resolve(import.meta.dirname, "../..");
const skippedFolders = new Set(["node_modules", "dist", "docs"]);

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : sourcesBelow(file);
    return /\.(ts|mjs)$/.test(entry.name) ? [file] : [];
  });
}

describe("variables of the environment", () => {
  it("that anything in this repository reads are known, so that no daemon or client refuses them", () => {
    const files = ["apps", "packages", "scripts", "e2e", "bench", "tools"].flatMap((folder) => sourcesBelow(path.join(root, folder)));
    const names = new Set(
      files.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/\benv\.(ORIEL_\w+)/g)].map(([, name = ""]) => name)),
    );
    expect(names).toContain("ORIEL_FALLBACK_HOST");
    for (const name of names) expect(() => checkVariables({ [name]: "set" }), name).not.toThrow();
  });
});
