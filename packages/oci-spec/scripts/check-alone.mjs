// Packs the package, installs the tarball with npm into an empty project, and checks that it works there by itself: types
// under both module resolutions, the README's example, no dependency that is not used. Wants a build first.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const home = fileURLToPath(new URL("..", import.meta.url));
const typescript = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
const project = mkdtempSync(join(tmpdir(), "oriel-alone-"));
const run = (command, args, cwd = project) => execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

try {
  run("pnpm", ["pack", "--pack-destination", project], home);
  const tarball = readdirSync(project).find((name) => name.endsWith(".tgz"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "alone", private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", "--offline", `./${tarball}`]);
  const installed = join(project, "node_modules", "@oriel", "oci-spec");

  const example = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(installed, "README.md"), "utf8"))[1];
  mkdirSync(join(project, "src"));
  writeFileSync(join(project, "src", "example.ts"), example);
  for (const [module, moduleResolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ]) {
    const compilerOptions = {
      module,
      moduleResolution,
      target: "es2023",
      lib: ["es2023", "dom"],
      types: [],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
    run(process.execPath, [typescript, "-p", "."]);
    console.log(`types resolve under ${moduleResolution}`);
  }

  writeFileSync(join(project, "example.mjs"), example);
  process.stdout.write(run(process.execPath, ["example.mjs"]));
  console.log("the README's example runs");

  const schema = JSON.parse(
    run(process.execPath, ["-e", 'console.log(require("fs").readFileSync(require.resolve("@oriel/oci-spec/schema.json"), "utf8"))']),
  );
  if (schema.properties?.windows === undefined) throw new Error("schema.json is not the schema");

  const { dependencies = {} } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const sources = readdirSync(join(installed, "dist"), { recursive: true }).filter((name) => /\.(?:js|d\.ts)$/.test(name));
  const imported = new Set(
    sources.flatMap((name) =>
      [...readFileSync(join(installed, "dist", name), "utf8").matchAll(/\bfrom "([^".][^"]*)"/g)].map(([, specifier]) => specifier),
    ),
  );
  const unused = Object.keys(dependencies).filter((name) => !imported.has(name));
  const undeclared = [...imported].filter((name) => !name.startsWith("node:") && dependencies[name] === undefined);
  if (unused.length + undeclared.length > 0) throw new Error(`dependencies unused: ${unused}; imported but not declared: ${undeclared}`);
  console.log(`dependencies: ${Object.keys(dependencies).join(", ") || "none"}, each used`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
