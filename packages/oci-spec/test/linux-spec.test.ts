import { describe, expect, test } from "vitest";
import { checkRuntimeSpec } from "../src/checks/check-runtime-spec.ts";
import { createSpec } from "../src/spec/create-spec.ts";
import { specInput } from "./spec-input.ts";

const linux = (changes: Parameters<typeof specInput>[0] = {}) => createSpec(specInput({ os: "linux", ...changes })).spec;

describe("the spec of a Linux container on Windows", () => {
  test("runs in a utility VM, with the folders that it mounts by itself", () => {
    const spec = linux({ utilityVmPath: "C:\\lcow" });
    expect(checkRuntimeSpec(spec)).toEqual([]);
    expect(spec.root).toEqual({ path: "rootfs" });
    expect(spec.windows).toMatchObject({ hyperv: { utilityVMPath: "C:\\lcow" }, ignoreFlushesDuringBoot: true });
    expect(spec.linux?.namespaces?.map(({ type }) => type)).toEqual(["mount", "network", "uts", "pid", "ipc"]);
    expect(spec.mounts?.map(({ destination }) => destination)).toEqual(["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys"]);
    expect(spec.process?.capabilities?.effective).toHaveLength(14);
  });

  test("has Linux defaults, and names with case", () => {
    const { process } = linux({
      config: {
        Image: "x",
        Cmd: ["sh", "-c", "a b"],
        Tty: true,
        Env: ["Path=1", "TERM=vt100"],
        Hostname: "box",
        ArgsEscaped: true,
        User: "1000:1000",
      },
      linkedEnv: ["DB_PORT=1"],
    });
    expect(process).toMatchObject({
      args: ["sh", "-c", "a b"],
      cwd: "/",
      env: ["Path=1", "TERM=vt100", "DB_PORT=1", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=box"],
      user: { username: "1000:1000" },
    });
  });

  test("has its mounts as binds with the uvmpath that runtimes need, also in place of a file system of the kernel", () => {
    const { mounts } = linux({
      id: "c1",
      mounts: [
        { source: "C:\\data", destination: "/data", readOnly: true },
        { source: "C:\\shm", destination: "/dev/shm" },
      ],
    });
    expect(mounts?.slice(-2)).toEqual([
      { source: "C:\\data", destination: "/data", type: "bind", options: ["rbind", "ro", "uvmpath=/tmp/gcs/c1/binds"] },
      { source: "C:\\shm", destination: "/dev/shm", type: "bind", options: ["rbind", "uvmpath=/tmp/gcs/c1/binds"] },
    ]);
    expect(mounts?.filter(({ destination }) => destination === "/dev/shm")).toHaveLength(1);
  });

  test("has limits of the utility VM", () => {
    expect(linux({ hostConfig: { NanoCpus: 15e8, Memory: 2 ** 30 } }).windows?.resources).toEqual({
      memory: { limit: 2 ** 30 },
      cpu: { count: 2, maximum: 7500 },
    });
  });

  test("has neither a Windows directory nor a credential spec", () => {
    expect(() => linux({ config: { Image: "x", Cmd: ["sh"], WorkingDir: "C:\\app" } })).toThrow(/'C:\\app' is invalid/);
    expect(() => linux({ credentialSpec: "{}" })).toThrow(/no credential spec/);
  });
});
