import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isOrielError } from "@oriel/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CredentialSpecFiles, type CredentialSpecLookups, resolveCredentialSpec } from "../src/credentials/credential-spec.ts";
import { isInside } from "../src/credentials/credential-spec-path.ts";

const spec = '{"CmsPlugins":["ActiveDirectory"]}';
let root = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "oriel-credential-spec-"));
  const folder = join(root, "CredentialSpecs");
  await mkdir(join(folder, "team"), { recursive: true });
  await mkdir(join(root, "CredentialSpecs-evil"));
  await mkdir(join(root, "credentialspecs"));
  for (const path of [
    "CredentialSpecs/app.json",
    "CredentialSpecs/team/web.json",
    "CredentialSpecs-evil/app.json",
    "credentialspecs/app.json",
    "secret.json",
  ]) {
    await writeFile(join(root, path), spec);
  }
  await writeFile(join(folder, "marked.json"), `\ufeff${spec}`);
  await writeFile(join(folder, "broken.json"), "{");
  await writeFile(join(folder, "list.json"), "[]");
  await symlink(join(root, "secret.json"), join(folder, "link.json"));
  await symlink(root, join(folder, "junction"));
  await symlink(join(root, "CredentialSpecs-evil"), join(folder, "sibling"));
  await symlink(join(root, "credentialspecs"), join(folder, "lower"));
  await symlink(join(folder, "app.json"), join(folder, "inside.json"));
});

afterAll(() => rm(root, { recursive: true, force: true }));

function onDisk(): CredentialSpecFiles {
  return {
    folder: join(root, "CredentialSpecs"),
    realPath: (path) => realpath(path).catch(() => undefined),
    readFile: (path) => readFile(path, "utf8"),
  };
}

const read = (option: string, lookups: CredentialSpecLookups = { files: onDisk() }) =>
  resolveCredentialSpec("c1", [`credentialspec=${option}`], lookups);

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    (text) => expect.fail(`was read: ${text}`),
    (reason: unknown) => reason,
  );
  expect(isOrielError(error, "InvalidArgument")).toBe(true);
  return (error as Error).message;
}

describe("a credential spec file", () => {
  test.each(["app.json", "team/web.json", "team\\web.json", "./app.json", "team//web.json", "inside.json", "marked.json"])(
    "is read: %s",
    async (location) => {
      expect(await read(`file://${location}`)).toBe(spec);
    },
  );

  test.each([
    ["the folder above", "../secret.json"],
    ["the folder above, with a backslash", "..\\secret.json"],
    ["a way down and up", "team/../../secret.json"],
    ["a way that stays inside", "team/../app.json"],
    ["a sibling folder with the same prefix", "../CredentialSpecs-evil/app.json"],
    ["an absolute path", "/etc/passwd"],
    ["an absolute path of Windows", "C:\\secret.json"],
    ["an absolute path with slashes", "C:/secret.json"],
    ["a path relative to a drive", "C:secret.json"],
    ["a path from the root of the drive", "\\secret.json"],
    ["a network share", "\\\\server\\share\\a.json"],
    ["a network share with slashes", "//server/share/a.json"],
    ["the device namespace", "\\\\?\\C:\\secret.json"],
    ["a stream", "app.json:stream"],
    ["the default stream", "app.json::$DATA"],
    ["a stream of the folder", "team:$I30:$INDEX_ALLOCATION/web.json"],
    ["a link out", "link.json"],
    ["a junction out", "junction/secret.json"],
    ["a junction into a sibling with the same prefix", "sibling/app.json"],
    ["a junction into a folder that differs in case", "lower/app.json"],
    ["a NUL character", "app.json\0.txt"],
    ["a control character", "app\n.json"],
    ["a wildcard", "*.json"],
    ["a short cut for a quote", 'app".json'],
    ["a closing dot", "app.json."],
    ["a closing space", "app.json "],
    ["dots with a space", ".. /secret.json"],
    ["three dots", ".../secret.json"],
    ["a device", "NUL"],
    ["a device in another case with an extension", "con.json"],
    ["a device with a space before the extension", "aux .json"],
    ["a device with a superscript digit", "COM¹.txt"],
    ["a device in a folder", "team/LPT1"],
    ["the console", "CONIN$"],
    ["the folder itself", "."],
    ["a folder", "team"],
    ["nothing that is there", "none.json"],
  ])("is refused when it is %s", async (_name, location) => {
    await refusal(read(`file://${location}`));
  });

  test("that leads out says so, and names the folder", async () => {
    expect(await refusal(read("file://junction/secret.json"))).toMatch(
      /must be under .*CredentialSpecs; "junction\/secret.json" leads out of it/,
    );
  });

  test.each([
    ["broken.json", /invalid credential spec file:\/\/broken.json: not JSON/],
    ["list.json", /must be a JSON object/],
  ])("that holds no JSON object is refused: %s", async (location, message) => {
    expect(await refusal(read(`file://${location}`))).toMatch(message);
  });

  test("is looked for with the folder's own separator", async () => {
    const asked: string[] = [];
    const files = {
      folder: "C:\\oriel\\CredentialSpecs",
      realPath: async (path: string) => path,
      readFile: async (path: string) => {
        asked.push(path);
        return spec;
      },
    };
    await read("file://team/web.json", { files });
    expect(asked).toEqual(["C:\\oriel\\CredentialSpecs\\team\\web.json"]);
  });

  test("is read at the place that was checked, also when a link changes meanwhile", async () => {
    const files = {
      folder: "C:\\x\\CredentialSpecs",
      realPath: async (path: string) => path.replace("link", "real"),
      readFile: async (path: string) => (path.endsWith("real.json") ? spec : "{}"),
    };
    expect(await read("file://link.json", { files })).toBe(spec);
  });
});

test("a path lies inside a folder, not beside it", () => {
  expect(isInside("C:\\a\\CredentialSpecs", "C:\\a\\CredentialSpecs\\x")).toBe(true);
  expect(isInside("C:\\a\\CredentialSpecs", "C:\\a\\CredentialSpecs-evil\\x")).toBe(false);
  expect(isInside("C:\\a\\CredentialSpecs", "C:\\a\\credentialspecs\\x")).toBe(false);
  expect(isInside("C:\\a\\CredentialSpecs", "C:\\a\\CredentialSpecs")).toBe(false);
  expect(isInside("C:\\a\\CredentialSpecs", "C:\\a\\CredentialSpecs\\")).toBe(false);
});

describe("a credential spec elsewhere", () => {
  test("is a registry value", async () => {
    const registryValue = async (name: string) => (name === "app" ? spec : undefined);
    expect(await read("registry://app", { registryValue })).toBe(spec);
    expect(await refusal(read("registry://none", { registryValue }))).toBe(
      'registry credential spec "none" for container c1 was not found',
    );
    expect(await refusal(read("registry://app", {}))).toMatch(/was not found/);
  });

  test("is a swarm config, and an unknown form where no swarm is", async () => {
    const config = async (id: string) => (id === "cfg" ? spec : undefined);
    expect(await read("config://cfg", { config })).toBe(spec);
    expect(await refusal(read("config://none", { config }))).toMatch(/config none for container c1 was not found/);
    expect(await refusal(read("config://cfg", {}))).toMatch(/must be prefixed by/);
  });

  test("is the option itself", async () => {
    expect(await read(`raw://${spec}`)).toBe(spec);
    expect(await resolveCredentialSpec("c1", undefined, {})).toBeUndefined();
  });
});
