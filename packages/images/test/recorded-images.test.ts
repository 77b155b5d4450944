import { createReadStream } from "node:fs";
import { recordedImagePath, recordedImages } from "@oriel/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLocalStore, type LocalStore } from "./local-store.ts";

let local: LocalStore;
beforeAll(async () => {
  local = await createLocalStore();
  for (const name of recordedImages) await local.store.load({ archive: createReadStream(recordedImagePath(name)) });
});
afterAll(() => local.dispose());

it.each([
  ["wintest", "aa15593782402a1e660f66747547e39149980d8e6c5d52d06a41b59a299673cf", 2],
  ["escaped", "f00abcad2b2dd33693b7fbc0295ff2ac2e7e601d7e5c325e92ebb9cbda94e8b6", 2],
  ["entry", "5997d4b0ca284f1a1dd031213a38498aa3ffffde12b702b0a3153d4a0c6c60dd", 3],
])("loads the recorded image %s with the id that dockerd gave it", async (name, hex, layers) => {
  const image = await local.store.get(name);
  expect(image.id).toBe(`sha256:${hex}`);
  expect(image.tags).toEqual([`${name}:latest`]);
  expect(image.config.rootfs.diff_ids).toHaveLength(layers);
  // The tars that reached storage are the ones that the configuration names, base first.
  const unpacked = image.config.rootfs.diff_ids.map(
    (diffId) => [...local.storage.tarDigests.values()].filter((digest) => digest === diffId).length,
  );
  expect(unpacked).toEqual(image.config.rootfs.diff_ids.map(() => 1));
});

it("keeps Cmd, Entrypoint and ArgsEscaped as they were", async () => {
  expect((await local.store.get("wintest")).config.config).toEqual({
    Cmd: ["cmd.exe", "/c", "echo image cmd"],
    Env: ["FOO=bar", "PATH=C:\\Windows\\system32;C:\\Windows"],
  });
  expect((await local.store.get("escaped")).config.config).toEqual({
    Cmd: ['cmd /S /C echo shell form "quoted word" & echo two'],
    ArgsEscaped: true,
  });
  expect((await local.store.get("entry")).config.config).toEqual({
    Entrypoint: ["cmd.exe", "/c"],
    Cmd: ["echo default"],
    WorkingDir: "C:\\app",
    User: "ContainerUser",
    Env: ["A=1", "B=two words"],
    Labels: { maker: "test" },
    ExposedPorts: { "80/tcp": {} },
    StopSignal: "9",
  });
});

it("keeps the layers that the three share once", async () => {
  expect(await local.storage.listLayers()).toHaveLength(3);
});
