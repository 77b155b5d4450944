import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);

async function publishedPackages(): Promise<string[]> {
  const names: string[] = [];
  for (const top of ["packages/", "apps/"]) {
    for (const folder of await readdir(new URL(top, root))) {
      const text = await readFile(new URL(`${top}${folder}/package.json`, root), "utf8");
      const { name, private: unpublished } = JSON.parse(text) as { readonly name: string; readonly private?: boolean };
      if (unpublished !== true) names.push(name);
    }
  }
  return names;
}

test("a changeset names packages that are published, which `pnpm run version` insists on, and says something", async () => {
  const published = await publishedPackages();
  expect(published.length).toBeGreaterThan(10);
  for (const file of await readdir(new URL(".changeset/", root))) {
    if (!file.endsWith(".md") || file === "README.md") continue;
    const [, front = "", text = ""] = /^---\n(.*?)\n---\n(.*)$/s.exec(await readFile(new URL(`.changeset/${file}`, root), "utf8")) ?? [];
    for (const line of front.split("\n")) {
      const [, name, bump] = /^"(.+)": (\w+)$/.exec(line) ?? [];
      expect([published.includes(name ?? ""), ["patch", "minor", "major"].includes(bump ?? "")], `${file}: ${line}`).toEqual([true, true]);
    }
    expect(text.trim(), file).not.toBe("");
  }
});
