import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { must, run } from "./command.mjs";
import { findProgram, root } from "./paths.mjs";
import { aptInstall, missingForContainers, whyNoApt } from "./system-packages.mjs";

const dockerFolder = path.join(root, ".toolchain/docker");

/**
 * Installs what tests drive, where that is possible: what is missing afterwards, the tests skip with its reason.
 * Answers the environment in which all of it is found.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} say
 */
export async function ensureTestTools(env, say) {
  const withDocker = { ...env, PATH: `${env.PATH ?? ""}${path.delimiter}${path.join(dockerFolder, "usr/bin")}` };
  const missing = [
    ...missingForContainers(),
    ...(["chromium", "chromium-browser", "google-chrome"].some((name) => findProgram(name)) ? [] : ["chromium"]),
    ...(findProgram("gcc") === undefined ? ["gcc", "libc6-dev"] : []),
    ...(findProgram("x86_64-w64-mingw32-gcc") === undefined ? ["gcc-mingw-w64-x86-64-win32"] : []),
    ...(findProgram("tmux") === undefined ? ["tmux"] : []),
  ];
  const lacksDocker = findProgram("docker", withDocker.PATH) === undefined;
  if (missing.length === 0 && !lacksDocker) return withDocker;
  const reason = whyNoApt();
  if (reason !== undefined) {
    say(`missing: ${[...missing, ...(lacksDocker ? ["docker"] : [])].join(", ")}; not installed, as ${reason}`);
    return withDocker;
  }
  if (missing.length > 0) await aptInstall(missing, say);
  if (lacksDocker) await unpackDocker(say);
  return withDocker;
}

/**
 * Only the command line program is needed: installing the package would start a daemon and change the firewall.
 *
 * @param {(line: string) => void} say
 */
async function unpackDocker(say) {
  say("unpacking the docker command line into .toolchain/docker");
  await mkdir(dockerFolder, { recursive: true });
  const policy = await run("apt-cache", ["policy", "docker-cli"], {});
  const name = /Candidate: (?!\(none\))/.test(policy.output) ? "docker-cli" : "docker.io";
  await aptInstall([], say);
  const remedy = "install docker's command line yourself";
  await must("apt-get", ["download", name], { cwd: dockerFolder, failure: `${name} could not be downloaded`, remedy });
  await must("sh", ["-c", 'dpkg-deb -x "$1"_*.deb . && rm "$1"_*.deb', "sh", name], {
    cwd: dockerFolder,
    failure: `${name} could not be unpacked`,
    remedy,
  });
  if (!existsSync(path.join(dockerFolder, "usr/bin/docker"))) say(`${name} holds no docker program; tests that need it are skipped`);
}
