// Runs the unit tests of contracts, kernel, engine, client and cli with another Node.js, which comes from npm:
// `node scripts/unit-on-node.mjs 22.13.0`. Writes a report for scripts/test.mjs where ORIEL_TEST_REPORT names a file.
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { main, must, run, UserError } from "./lib/command.mjs";
import { servesClone, testedNodes } from "./lib/node-range.mjs";
import { root } from "./lib/paths.mjs";

const packages = ["packages/contracts", "packages/kernel", "packages/engine", "packages/client", "apps/cli"];

await main(async () => {
  const [version = testedNodes.lowest, ...files] = process.argv.slice(2);
  if (!/^\d+\.\d+\.\d+$/.test(version))
    throw new UserError(`no version of Node.js: ${version}`, `give three numbers, as ${testedNodes.lowest}`);
  const node = await installNode(version);
  const reporters = ["--reporter=default", `--reporter=${path.join(root, "scripts/lib/vitest-reporter.mjs")}`];
  const words = [path.join(root, "node_modules/vitest/vitest.mjs"), "run", "--project", "unit", ...reporters];
  // Programs that tests start are TypeScript, too.
  const options = servesClone(version) ? "" : "--experimental-strip-types --disable-warning=ExperimentalWarning";
  const env = { ...process.env, NODE_OPTIONS: options, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ""}` };
  const { code } = await run(node, [...words, ...(files.length > 0 ? files : packages)], {
    cwd: root,
    env,
    timeout: 1800,
    onLine: (line) => console.log(line),
  });
  return code;
});

/**
 * @param {string} version
 * @returns {Promise<string>} path of the program
 */
async function installNode(version) {
  const folder = path.join(root, ".toolchain", `node-${version}`);
  const program = path.join(folder, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(program)) {
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ private: true, dependencies: { node: version } }));
    // `node` fetches the binary of this platform in an install script, so scripts must not be switched off here.
    const flags = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error", "--ignore-scripts=false"];
    await must("npm", ["install", "--prefix", folder, ...flags], {
      cwd: folder,
      failure: `Node.js ${version} could not be installed from the npm registry`,
      remedy: "see whether `npm ping` works, and whether there is such a version",
    });
  }
  const said = await must(program, ["--version"], { failure: `Node.js ${version} does not start`, timeout: 30 });
  if (said.trim() !== `v${version}`) throw new UserError(`${program} is ${said.trim()}`, `remove ${folder} and try again`);
  return program;
}
