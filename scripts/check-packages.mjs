// Packs every package that is published, as `pnpm publish` would, lets publint and are-the-types-wrong judge the tarball, and
// installs them all with npm into an empty project, where their types and the examples of their READMEs are checked. Needs
// built packages. Writes a report for scripts/test.mjs where ORIEL_TEST_REPORT names a file.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { main, run } from "./lib/command.mjs";
import { judgeFiles, judgeInstalled } from "./lib/judge-packages.mjs";
import { packPackages } from "./lib/pack-packages.mjs";
import { root } from "./lib/paths.mjs";

await main(async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-packages-"));
  /** @type {import("./lib/vitest-reporter.mjs").TestReport} */
  const report = { passed: 0, failed: [], skipped: [] };
  try {
    const packed = await packPackages(await publishedPackages(), folder);
    for (const { home, tarball } of packed.values()) {
      const faults = await judge(tarball, await mkdtemp(path.join(folder, "unpacked-")));
      console.log(`${faults.length === 0 ? "ok  " : "FAIL"}  ${path.relative(root, home)}`);
      for (const fault of faults) console.log(`      ${fault.replaceAll("\n", "\n      ")}`);
      if (faults.length === 0) report.passed += 1;
      else report.failed.push(`package ${path.relative(root, home)}: ${faults[0]}`);
    }
    const faults = await judgeInstalled(packed, await mkdtemp(path.join(folder, "project-")));
    console.log(`${faults.length === 0 ? "ok  " : "FAIL"}  all of them, installed with npm into an empty project`);
    for (const fault of faults) console.log(`      ${fault.replaceAll("\n", "\n      ")}`);
    if (faults.length === 0) report.passed += 1;
    else report.failed.push(`packages installed with npm: ${faults[0]}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (process.env.ORIEL_TEST_REPORT) await writeFile(process.env.ORIEL_TEST_REPORT, JSON.stringify(report));
  return report.failed.length === 0 ? 0 : 1;
});

async function publishedPackages() {
  const homes = [];
  for (const top of ["packages", "apps"]) {
    for (const name of (await readdir(path.join(root, top))).sort()) {
      const home = path.join(root, top, name);
      const text = await readFile(path.join(home, "package.json"), "utf8").catch(() => "{}");
      const { name: packageName, private: unpublished } = JSON.parse(text);
      if (packageName !== undefined && unpublished !== true) homes.push(home);
    }
  }
  return homes;
}

/**
 * @param {string} tarball
 * @param {string} folder an empty one
 * @returns {Promise<string[]>} what is wrong
 */
async function judge(tarball, folder) {
  const data = await readFile(tarball);
  const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  const faults = messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
  // The packages are ESM only: that `require` of Node.js 22 finds no CommonJS is by design.
  const attw = [
    path.join(root, "node_modules/@arethetypeswrong/cli/dist/index.js"),
    tarball,
    "--profile",
    "esm-only",
    "--no-color",
    "--no-emoji",
  ];
  faults.push(...(await judgeFiles(tarball, folder)));
  const { code, output } = await run(process.execPath, attw, { cwd: root });
  if (code !== 0) faults.push(`are the types wrong: ${output.trim()}`);
  return faults;
}
