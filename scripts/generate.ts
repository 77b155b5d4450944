// Writes the files of the repository that follow from a table in the code: `pnpm generate`.
// scripts/test/generated.test.ts fails when one of them is out of date.
import { readFile, writeFile } from "node:fs/promises";
import enginePackage from "../packages/engine/package.json" with { type: "json" };
import { architecturePicture } from "./architecture-picture.ts";
import { configurationDocs } from "./configuration-docs.ts";
import { figuresTable } from "./figures.ts";
import { biomeOverrides } from "./layers.ts";
import { withPart } from "./marked-part.ts";
import { scenarioDifferences } from "./scenario-differences.ts";

const root = new URL("../", import.meta.url);

/** Path from the root of the repository, and the text that the file should have given the text that it has. */
export const generatedFiles: readonly { readonly path: string; readonly render: (present: string) => string }[] = [
  { path: "docs/configuration.md", render: configurationDocs },
  { path: "docs/compatibility.md", render: (present) => withPart(present, "scenarios", scenarioDifferences()) },
  { path: "docs/architecture.md", render: (present) => withPart(present, "picture", architecturePicture()) },
  {
    path: "README.md",
    render: (present) => withPart(withPart(present, "picture", architecturePicture()), "figures", figuresTable()),
  },
  {
    path: "packages/engine/src/version.ts",
    render: (present) => present.replace(/"[^"]*";$/m, `${JSON.stringify(enginePackage.version)};`),
  },
  {
    path: "biome.json",
    render: (present) => `${JSON.stringify({ ...JSON.parse(present), overrides: biomeOverrides() }, null, 2)}\n`,
  },
];

export async function readGenerated(path: string): Promise<string> {
  return readFile(new URL(path, root), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
}

/** Whether two texts of a file say the same: JSON may be laid out in any way. */
export function saysTheSame(path: string, one: string, other: string): boolean {
  return path.endsWith(".json") ? JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other)) : one === other;
}

if (import.meta.main) {
  for (const { path, render } of generatedFiles) {
    const present = await readGenerated(path);
    const wanted = render(present);
    const same = saysTheSame(path, present, wanted);
    if (!same) await writeFile(new URL(path, root), wanted);
    console.log(`${same ? "up to date" : "written   "}  ${path}`);
  }
}
