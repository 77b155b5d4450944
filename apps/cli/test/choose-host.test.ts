import { describe, expect, it } from "vitest";
import { type ChooseHostOptions, chooseHost } from "../src/client/choose-host.ts";

const all = {
  ORIEL_HOST: "unix:///oriel.sock,tcp://127.0.0.1:1",
  DOCKER_HOST: "unix:///docker.sock",
  ORIEL_FALLBACK_HOST: "unix:///clone.sock",
};

function choose(options: Partial<ChooseHostOptions>): string {
  return chooseHost({ flag: undefined, env: {}, platform: "linux", exists: () => true, ...options });
}

describe("the daemon that a command speaks with", () => {
  it("is the one of the flag, else of ORIEL_HOST, else of DOCKER_HOST, else that of the clone, else the usual one", () => {
    expect(choose({ flag: "tcp://127.0.0.1:9", env: all })).toBe("tcp://127.0.0.1:9");
    expect(choose({ env: all })).toBe("unix:///oriel.sock");
    expect(choose({ env: { ...all, ORIEL_HOST: "" } })).toBe("unix:///docker.sock");
    expect(choose({ env: { ORIEL_FALLBACK_HOST: all.ORIEL_FALLBACK_HOST } })).toBe("unix:///clone.sock");
    expect(choose({})).toBe("unix:///run/oriel.sock");
    expect(choose({ platform: "win32" })).toBe("npipe:////./pipe/oriel");
  });

  it("is not that of the clone once it has ended", () => {
    const asked: string[] = [];
    const exists = (path: string) => {
      asked.push(path);
      return false;
    };
    expect(choose({ env: { ORIEL_FALLBACK_HOST: all.ORIEL_FALLBACK_HOST }, exists })).toBe("unix:///run/oriel.sock");
    expect(asked).toEqual(["/clone.sock"]);
  });
});
