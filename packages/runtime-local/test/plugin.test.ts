import { containerRuntimeToken, type OrielConfig, type RuntimeSpec } from "@oriel/contracts";
import { startServices } from "@oriel/kernel";
import { hostPlugin } from "@oriel/testkit";
import { expect, it } from "vitest";
import { LocalRuntime } from "../src/local-runtime.ts";
import { localRuntimePlugin } from "../src/plugin.ts";
import { longDeadlines } from "./fixture.ts";

it("provides the local runtime from a raw interface, a journal and a logger", async () => {
  const services = await startServices([localRuntimePlugin, hostPlugin()], { deadlines: longDeadlines } as unknown as OrielConfig);
  expect(services.resolve(containerRuntimeToken)).toBeInstanceOf(LocalRuntime);
  expect(await services.close()).toEqual([]);
});

it("looks for what Linux containers boot from in the folder that linuxKernels names", async () => {
  const config = { deadlines: longDeadlines, linuxKernels: "/no/such/kernels" } as unknown as OrielConfig;
  const services = await startServices([localRuntimePlugin, hostPlugin()], config);
  const windows = { layerFolders: ["C:\\layers\\base", "C:\\layers\\scratch"], hyperv: {} };
  const spec: RuntimeSpec = {
    ociVersion: "1.2.0",
    process: { user: {}, cwd: "/", args: ["sh"] },
    root: { path: "rootfs" },
    windows,
    linux: {},
  };
  await expect(services.resolve(containerRuntimeToken).create({ id: "c1", spec })).rejects.toThrow("/no/such/kernels has neither");
  expect(await services.close()).toEqual([]);
});
