// `npm test`: sets up what is needed, then checks types, lint, unused code and packages, and runs every test.
// `npm test -- --strict` counts a test that was skipped as failed, unless it needs real Windows.
// Runs on any Node.js from 18 on, without dependencies. The last line is `N passed, N failed`.
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { main, run, UserError } from "./lib/command.mjs";
import { root, stateFolder } from "./lib/paths.mjs";
import { buildPackages, installDependencies } from "./lib/prepare.mjs";
import { duration, Steps } from "./lib/steps.mjs";
import { Tally } from "./lib/tally.mjs";
import { ensureTestTools } from "./lib/test-tools.mjs";
import { ensureToolchain } from "./toolchain.mjs";

const tools = path.join(root, "node_modules/.bin");
const reports = path.join(stateFolder, "reports");

await main(async () => {
  const strict = readFlags(process.argv.slice(2));
  const began = Date.now();
  const tally = new Tally(strict);
  // The long form: unit tests on further versions of Node.js, from npm.
  const nodes = (process.env.ORIEL_TEST_NODES ?? "").split(/[\s,]+/).filter((version) => version !== "");
  const steps = new Steps(10 + nodes.length);
  const own = await steps.step("Node.js and pnpm", ensureToolchain);
  const env = await steps.step("Tools that tests drive", (say) => ensureTestTools(own, say));
  await steps.step("Dependencies", (say) => installDependencies(env, say));
  await steps.step("Build", (say) => buildPackages(env, say));

  /** @param {string} title @param {readonly (readonly string[])[]} commands */
  const check = (title, commands) =>
    steps.step(title, async (say) => {
      for (const [command = "", ...args] of commands) {
        const { code, output } = await run(command, args, { cwd: root, env: quiet(env) });
        if (code !== 0) output.split("\n").forEach((line) => void say(line));
        tally.check(`${path.basename(command)} ${args.join(" ")}`, code === 0);
      }
    });
  await check("Types", [
    [path.join(tools, "turbo"), "run", "check:types", "--output-logs=errors-only", "--continue"],
    [path.join(tools, "tsc"), "-p", "scripts/tsconfig.json"],
  ]);
  await check("Lint", [[path.join(tools, "biome"), "check", "--error-on-warnings", "."]]);
  await check("Unused code", [[path.join(tools, "knip"), "--no-progress"]]);

  /** @param {string} title @param {string} name @param {readonly string[]} words */
  const counted = (title, name, words) =>
    steps.step(title, async (say) => {
      const report = path.join(reports, `${name}.json`);
      await mkdir(reports, { recursive: true });
      await rm(report, { force: true });
      const { code } = await run("node", words, {
        cwd: root,
        env: { ...quiet(env), ORIEL_TEST_REPORT: report },
        onLine: say,
        timeout: 1800,
      });
      const text = await readFile(report, "utf8").catch(() => undefined);
      if (text === undefined) tally.check(`${name}: ended with ${code} and without a report`, false);
      else tally.add(JSON.parse(text), name, code);
    });
  await counted("Packages", "packages", ["scripts/check-packages.mjs"]);
  await counted("Unit and conformance tests", "unit", vitest("unit"));
  for (const version of nodes) await counted(`Unit tests on Node.js ${version}`, `node-${version}`, ["scripts/unit-on-node.mjs", version]);
  await counted("End-to-end tests", "e2e", vitest("e2e"));

  for (const line of tally.lines()) console.log(line);
  console.log(`\nThe whole took ${duration(Date.now() - began)}.`);
  console.log(tally.summary());
  return tally.failures.length === 0 ? 0 : 1;
});

/** @param {string} project */
function vitest(project) {
  const reporters = ["--reporter=default", `--reporter=${path.join(root, "scripts/lib/vitest-reporter.mjs")}`];
  return [path.join(root, "node_modules/vitest/vitest.mjs"), "run", "--project", project, ...reporters];
}

/** @param {NodeJS.ProcessEnv} env */
function quiet(env) {
  return { ...env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1", NO_COLOR: "1", FORCE_COLOR: undefined };
}

/** @param {readonly string[]} words */
function readFlags(words) {
  const unknown = words.filter((word) => word !== "--strict");
  if (unknown.length > 0) throw new UserError(`unknown: ${unknown.join(" ")}`, "npm test, or npm test -- --strict");
  return words.includes("--strict");
}
