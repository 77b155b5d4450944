import { containerRuntimeToken, type LogFields, silentLogger } from "@oriel/contracts";
import { mergeConfig, startServices } from "@oriel/kernel";
import { hostPlugin } from "@oriel/testkit";
import { expect, it } from "vitest";
import { plugin } from "../src/index.ts";

it("runs containers as the local runtime does, and logs how long each took to be created and started", async () => {
  const lines: (readonly [LogFields, string])[] = [];
  const logger = { ...silentLogger, info: (fields: LogFields, message: string) => void lines.push([fields, message]) };
  await using services = await startServices([plugin, hostPlugin({ logger })], mergeConfig([], "linux"));
  const runtime = services.resolve(containerRuntimeToken);
  expect(runtime.name).toBe("timed");
  await runtime.create({
    id: "c1",
    spec: {
      ociVersion: "1.2.0",
      process: { user: {}, cwd: "C:\\", args: ["exit", "3"] },
      root: { path: "\\\\?\\Volume{11111111-2222-3333-4444-555555555555}\\" },
      windows: { layerFolders: ["C:\\layers\\base", "C:\\layers\\scratch"] },
    },
  });
  const { exit } = await runtime.start("c1");
  expect((await exit).exitCode).toBe(3);
  // Nobody read its output: deleting it closes the pipes.
  await runtime.delete("c1");
  expect(runtime.status("c1")).toBeUndefined();
  const expected = (message: string) => [{ container: "c1", milliseconds: expect.any(Number) }, message];
  expect(lines).toEqual([expected("the container was created"), expected("the container was started")]);
});
