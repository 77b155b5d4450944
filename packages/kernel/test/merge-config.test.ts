import { describe, expect, it } from "vitest";
import {
  checkVariables,
  configFromEnvironment,
  configFromFlags,
  configKeyNames,
  configKeys,
  mergeConfig,
  parseConfig,
} from "../src/index.ts";

describe("the configuration", () => {
  it("has a default for every key, and every default is a value that the key accepts", () => {
    for (const key of configKeyNames) {
      const row = configKeys[key];
      for (const platform of ["linux", "win32"]) expect(row.kind.accept(row.default(platform))).toEqual({ value: row.default(platform) });
    }
  });

  it("consists of the defaults where nothing is said", () => {
    expect(mergeConfig([], "linux")).toEqual({
      root: "/var/lib/oriel",
      hosts: ["unix:///run/oriel.sock"],
      hcs: "auto",
      storage: "windowsfilter",
      runtime: "local",
      isolation: "process",
      imageBuilds: "matching",
      maxUnpackedMiB: 262_144,
      dnsSearch: [],
      linuxKernels: "",
      plugins: [],
      log: { level: "info" },
      deadlines: { call: 240, notification: 240, shutdown: 300, terminate: 300 },
      windows: { vmcompute: "", computestorage: "", virtdisk: "", backup: "", threads: 128 },
      emulator: {
        wine: "",
        rootfs: "auto",
        isolation: "contained",
        network: "auto",
        processes: 4096,
        osVersion: "10.0.20348.2113",
        faults: "",
      },
    });
    expect(mergeConfig([], "win32")).toMatchObject({ root: "C:\\ProgramData\\oriel", hosts: ["npipe:////./pipe/oriel"] });
  });

  it("takes each key from the last source that has it", () => {
    const file = parseConfig('root = "/file"\nhcs = "windows"\nruntime = "containerd"\n[log]\nlevel = "error"', "oriel.toml");
    const environment = configFromEnvironment({ ORIEL_ROOT: "/environment", ORIEL_HCS: "emulated", ORIEL_STORAGE: "" });
    const flags = configFromFlags({ root: "/flag" });
    const merged = mergeConfig([file, environment, flags], "linux");
    expect(merged).toMatchObject({
      root: "/flag",
      hcs: "emulated",
      runtime: "containerd",
      storage: "windowsfilter",
      log: { level: "error" },
    });
  });

  it("replaces a list as a whole", () => {
    const file = parseConfig('hosts = ["unix:///a.sock"]', "oriel.toml");
    const flags = configFromFlags({ hosts: ["unix:///b.sock", "tcp://127.0.0.1:1"] });
    expect(mergeConfig([file, flags], "linux").hosts).toEqual(["unix:///b.sock", "tcp://127.0.0.1:1"]);
  });
});

describe("the environment", () => {
  it("has a variable of its own for every key", () => {
    const names = configKeyNames.map((key) => configKeys[key].env);
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => name.startsWith("ORIEL_"))).toBe(true);
  });

  it("separates the items of a list by commas, and writes numbers as numbers", () => {
    const layer = configFromEnvironment({
      ORIEL_HOST: "unix:///a.sock, tcp://[::1]:0",
      ORIEL_DEADLINE_CALL: "1.5",
      ORIEL_PLUGINS: "a,b",
      HOME: "/x",
    });
    expect(layer).toEqual({ hosts: ["unix:///a.sock", "tcp://[::1]:0"], "deadlines.call": 1.5, plugins: ["a", "b"] });
  });

  it("reports every wrong variable", () => {
    expect(() => configFromEnvironment({ ORIEL_HCS: "./real", ORIEL_DEADLINE_CALL: "soon", ORIEL_ROOT: "x" })).toThrow(
      /3 faults in the environment:\n {2}ORIEL_ROOT: root must.*\n {2}ORIEL_HCS: hcs must.*\n {2}ORIEL_DEADLINE_CALL: deadlines.call must/,
    );
  });
});

describe("a variable that nothing knows", () => {
  it("is refused with the nearest name, by the daemon and by clients", () => {
    for (const read of [configFromEnvironment, checkVariables]) {
      expect(() => read({ ORIEL_HOTS: "unix:///x.sock" })).toThrow("ORIEL_HOTS: unknown variable; did you mean ORIEL_HOST?");
      expect(() => read({ ORIEL_ZZZZZZZZZZ: "1", ORIEL_ROTO: "/x" })).toThrow(
        /2 faults in the environment:\n {2}ORIEL_ZZZZZZZZZZ: unknown variable\n {2}ORIEL_ROTO: unknown variable; did you mean ORIEL_ROOT\?/,
      );
    }
  });

  it("is left alone where it is empty, or not ours", () => {
    expect(configFromEnvironment({ ORIEL_HOTS: "", ORIELLE: "1", oriel_hots: "1", ORIEL_TEST_REPORT: "/x", ORIEL_CONFIG: "/y" })).toEqual(
      {},
    );
  });
});

describe("a link to a service named oriel", () => {
  const links = {
    ORIEL_SERVICE_HOST: "10.96.0.7",
    ORIEL_SERVICE_PORT: "2375",
    ORIEL_SERVICE_PORT_DOCKER_API: "2375",
    ORIEL_PORT: "tcp://10.96.0.7:2375",
    ORIEL_PORT_2375_TCP: "tcp://10.96.0.7:2375",
    ORIEL_PORT_2375_TCP_PROTO: "tcp",
    ORIEL_PORT_2375_TCP_PORT: "2375",
    ORIEL_PORT_2375_TCP_ADDR: "10.96.0.7",
    ORIEL_HOST_SERVICE_HOST: "fd00::7",
    ORIEL_HOST_PORT_53_UDP: "udp://[fd00::7]:53",
    ORIEL_NAME: "/web/oriel",
    ORIEL_ENV_PATH: "/bin",
  };

  it("is passed over as Kubernetes and docker set it, by the daemon and by clients", () => {
    expect(configFromEnvironment(links)).toEqual({});
    expect(() => checkVariables(links)).not.toThrow();
  });

  it("is refused as an unknown variable with a value that no link has", () => {
    for (const [name, value] of Object.entries({ ORIEL_PORT: "2375", ORIEL_SERVICE_HOST: "unix:///x.sock", ORIEL_NAME: "web" })) {
      expect(() => checkVariables({ [name]: value })).toThrow(`${name}: unknown variable`);
    }
  });
});

describe("the flags", () => {
  it("are named as the user wrote them when they are wrong", () => {
    expect(() => configFromFlags({ "log.level": "loud" })).toThrow("--log-level: log.level must be one of debug, info, warn, error");
    expect(() => configFromFlags({ root: "" })).toThrow("--root: root must be an absolute path");
  });
});
