import { hostInspectorToken, type Logger, loggerToken, type Plugin, rawHcsToken } from "@oriel/contracts";
import { mergeConfig, startServices } from "@oriel/kernel";
import { expect, test } from "vitest";
import { windowsHcsPlugin } from "../src/plugin.ts";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const logger: Plugin = {
  id: "test.logger",
  provides: { logger: loggerToken },
  deps: {},
  create: () => ({ logger: silent }),
};

test("the plugin stands for the raw interface and for the host", () => {
  expect(windowsHcsPlugin.provides).toEqual({ raw: rawHcsToken, host: hostInspectorToken });
  expect(windowsHcsPlugin.deps).toEqual({ logger: loggerToken });
});

test.skipIf(process.platform === "win32")("an engine off Windows does not start with it, and says why", async () => {
  const config = mergeConfig([], process.platform);
  await expect(startServices([logger, windowsHcsPlugin], config)).rejects.toMatchObject({
    code: "FailedPrecondition",
    message: expect.stringContaining("only on Windows"),
  });
});
