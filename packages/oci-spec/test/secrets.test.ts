import { describe, expect, test } from "vitest";
import { planDependencies } from "../src/mounts/secrets.ts";

const secrets = {
  hostFolder: "C:\\d\\secrets",
  references: [
    { id: "s1", fileName: "db" },
    { id: "s2", fileName: "D:\\keys\\tls.pem" },
  ],
};
const configs = { hostFolder: "C:\\d\\configs", references: [{ id: "c1", fileName: "app/web.config" }] };

describe("secrets and configs", () => {
  test("are read-only mounts of their folders, with links from where the container looks", () => {
    expect(planDependencies({ secrets, configs, isolation: "process", hasBeenStartedBefore: false })).toEqual({
      mounts: [
        { source: "C:\\d\\secrets", destination: "C:\\ProgramData\\Docker\\internal\\secrets", readOnly: true },
        { source: "C:\\d\\configs", destination: "C:\\ProgramData\\Docker\\internal\\configs", readOnly: true },
      ],
      links: [
        { path: "C:\\ProgramData\\Docker\\secrets\\db", target: "C:\\ProgramData\\Docker\\internal\\secrets\\s1" },
        { path: "D:\\keys\\tls.pem", target: "C:\\ProgramData\\Docker\\internal\\secrets\\s2" },
        { path: "C:\\app\\web.config", target: "C:\\ProgramData\\Docker\\internal\\configs\\c1" },
      ],
      mountsOnHost: false,
    });
  });

  test("are linked on the first start only, for which a Hyper-V container is mounted on the host", () => {
    const plan = (hasBeenStartedBefore: boolean) => planDependencies({ secrets, isolation: "hyperv", hasBeenStartedBefore });
    expect(plan(false)).toMatchObject({ links: { length: 2 }, mountsOnHost: true });
    expect(plan(true)).toMatchObject({ mounts: { length: 1 }, links: [], mountsOnHost: false });
  });

  test("leave a Hyper-V container without any unmounted", () => {
    expect(planDependencies({ isolation: "hyperv", hasBeenStartedBefore: false })).toEqual({ mounts: [], links: [], mountsOnHost: false });
  });

  test.each(["", "..\\x", "a/../../x", "\\\\server\\x", "C:x", "a:stream", "C:\\", "a\0b"])("are refused under the name %j", (fileName) => {
    const options = {
      secrets: { hostFolder: "h", references: [{ id: "i", fileName }] },
      isolation: "process",
      hasBeenStartedBefore: false,
    } as const;
    expect(() => planDependencies(options)).toThrow(/^secret file .* must be a path in the container/);
  });

  test("are refused under an id that is a path", () => {
    const references = [{ id: "..\\x", fileName: "a" }];
    expect(() => planDependencies({ configs: { hostFolder: "h", references }, isolation: "process", hasBeenStartedBefore: false })).toThrow(
      /config id/,
    );
  });

  test("of a Linux container have Linux paths only", () => {
    const linux = {
      secrets: {
        hostFolder: "C:\\d\\secrets",
        references: [
          { id: "s1", fileName: "db" },
          { id: "s2", fileName: "/keys/tls.pem" },
        ],
      },
      configs: { hostFolder: "C:\\d\\configs", references: [{ id: "c1", fileName: "app/a:b.conf" }] },
    };
    expect(planDependencies({ os: "linux", ...linux, isolation: "hyperv", hasBeenStartedBefore: false })).toEqual({
      mounts: [
        { source: "C:\\d\\secrets", destination: "/run/internal/secrets", readOnly: true },
        { source: "C:\\d\\configs", destination: "/run/internal/configs", readOnly: true },
      ],
      links: [
        { path: "/run/secrets/db", target: "/run/internal/secrets/s1" },
        { path: "/keys/tls.pem", target: "/run/internal/secrets/s2" },
        { path: "/app/a:b.conf", target: "/run/internal/configs/c1" },
      ],
      mountsOnHost: true,
    });
  });

  test.each(["", "../x", "a/../../x", "/", "a/", "a\0b"])("of a Linux container are refused under the name %j", (fileName) => {
    const references = [{ id: "i", fileName }];
    const options = { os: "linux", secrets: { hostFolder: "h", references }, isolation: "hyperv", hasBeenStartedBefore: false } as const;
    expect(() => planDependencies(options)).toThrow(/^secret file .* must be a path in the container/);
  });
});
