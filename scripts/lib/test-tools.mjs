import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { must, run } from "./command.mjs";
import { findProgram, root } from "./paths.mjs";
import { aptInstall, missingForContainers, whyNoApt } from "./system-packages.mjs";

const dockerFolder = path.join(root, ".toolchain/docker");

/** Compose 2 of Debian 13, which runs on the C library of Debian 12. It needs nothing else. */
const compose = {
  folder: path.join(root, ".toolchain/docker-compose"),
  plugin: "usr/libexec/docker/cli-plugins/docker-compose",
  file: "pool/main/d/docker-compose/docker-compose_2.26.1-4_amd64.deb",
  sha256: "47681197cb2b1ab88206b42a1a92fc75f50d9530a6322d03494a473eed0408ea",
};

/**
 * Installs what tests drive, where that is possible: what is missing afterwards, the tests skip with its reason.
 * Returns the environment in which all of it is found.
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
    ...(process.platform === "linux" && findProgram("slirp4netns") === undefined ? ["slirp4netns"] : []),
    ...missingPythonClients(),
  ];
  const lacksDocker = findProgram("docker", withDocker.PATH) === undefined;
  const lacksCompose = process.arch === "x64" && !existsSync(path.join(compose.folder, compose.plugin));
  if (missing.length === 0 && !lacksDocker && !lacksCompose) return withDocker;
  const reason = whyNoApt();
  if (reason !== undefined) {
    const all = [...missing, ...(lacksDocker ? ["docker"] : []), ...(lacksCompose ? ["Compose 2"] : [])];
    say(`missing: ${all.join(", ")}; not installed, as ${reason}`);
    return withDocker;
  }
  if (missing.length > 0) await aptInstall(missing, say);
  if (lacksDocker) await unpackDocker(say);
  if (lacksCompose) await unpackCompose(say);
  return withDocker;
}

/** Docker's library for Python, and Compose 1, which is written with it, and which Debian has no more after its version 12. */
function missingPythonClients() {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const hasComposeOne = /^VERSION_CODENAME=bookworm$/m.test(release);
  return [
    ...(existsSync("/usr/lib/python3/dist-packages/docker") ? [] : ["python3-docker"]),
    ...(hasComposeOne && !existsSync("/usr/bin/docker-compose") ? ["docker-compose"] : []),
  ];
}

/**
 * Unpacks Compose 2, which Debian 12 has no package of, from the site that apt takes its packages from.
 *
 * @param {(line: string) => void} say
 */
async function unpackCompose(say) {
  say("unpacking Compose 2 into .toolchain/docker-compose");
  const targets = await run("apt-get", ["indextargets", "--format", "$(SITE)", "Created-By: Packages"], { timeout: 60 });
  const sites = new Set(targets.output.split("\n").filter((site) => /^https?:.*\/debian\/?$/.test(site)));
  const [site = "http://deb.debian.org/debian"] = sites;
  const archive = `${compose.folder}.deb`;
  await mkdir(compose.folder, { recursive: true });
  const words = ["download-file", `${site.replace(/\/$/, "")}/${compose.file}`, archive, `SHA256:${compose.sha256}`];
  const { code, output } = await run("/usr/lib/apt/apt-helper", words, { timeout: 300 });
  if (code !== 0) {
    say(`Compose 2 could not be downloaded; tests that need it are skipped: ${output.split("\n").at(-1)}`);
    return;
  }
  await must("dpkg-deb", ["-x", archive, compose.folder], { failure: "Compose 2 could not be unpacked" });
  await rm(archive);
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
