// Makes the built package stand on its own: puts a copy of the declarations that it takes from @oriel/core into dist/core,
// and writes the JSON Schema as a file.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const dist = new URL("../dist/", import.meta.url);
const core = new URL(".", import.meta.resolve("@oriel/core"));

/** The modules of core that declare what src/core.ts names. */
const entries = ["errors", "fold-name", "ports/container-config", "ports/image-store", "ports/runtime-spec"];

const copied = new Set();
for (const module of entries) copyModule(module);

const index = entries.map((module) => `export * from "./core/${module}.js";\n`).join("");
for (const ending of [".js", ".d.ts"]) {
  writeFileSync(new URL(`core${ending}`, dist), index);
  rmSync(new URL(`core${ending}.map`, dist), { force: true });
}

const { runtimeSpecSchema } = await import(new URL("checks/spec-schema.js", dist).href);
writeFileSync(new URL("runtime-spec.schema.json", dist), `${JSON.stringify(runtimeSpecSchema, null, 2)}\n`);

/** Copies a module with its types, and the modules that it imports. */
function copyModule(module) {
  if (copied.has(module)) return;
  copied.add(module);
  for (const ending of [".js", ".d.ts"]) {
    const text = readFileSync(new URL(module + ending, core), "utf8").replace(/^\/\/# sourceMappingURL=.*\n?/m, "");
    const target = new URL(`core/${module}${ending}`, dist);
    mkdirSync(new URL(".", target), { recursive: true });
    writeFileSync(target, text);
    for (const [, specifier] of text.matchAll(/^(?:import|export)\b[^"]*?\bfrom "([^"]+)"/gm)) {
      if (!specifier.startsWith(".")) throw new Error(`@oriel/core's ${module}${ending} imports ${specifier}, which cannot be copied`);
      copyModule(new URL(specifier.replace(/\.[jt]s$/, ""), `file:///${module}`).pathname.slice(1));
    }
  }
}
