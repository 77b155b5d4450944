import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseImageConfig } from "../../src/documents/image-config.ts";

const diffId = `sha256:${"a".repeat(64)}`;
const good = { os: "windows", architecture: "amd64", rootfs: { type: "layers", diff_ids: [diffId] } };
const parse = (value: unknown) => parseImageConfig(Buffer.from(JSON.stringify(value)), "c.json");

describe("image configurations", () => {
  it("keeps what Oriel reads, takes null for absent and leaves the rest out", () => {
    const config = {
      Cmd: ["cmd"],
      Entrypoint: null,
      Env: null,
      ExposedPorts: { "80/tcp": null },
      Volumes: { "C:\\data": {} },
      Labels: { maker: "test" },
      ArgsEscaped: true,
      Healthcheck: { Test: ["CMD", "x"], Interval: 1e9, Retries: 3 },
      Hostname: "left out",
    };
    expect(parse({ ...good, config, history: [{ created_by: "x", empty_layer: true }], container: "left out" })).toEqual({
      ...good,
      config: {
        Cmd: ["cmd"],
        ExposedPorts: { "80/tcp": {} },
        Volumes: { "C:\\data": {} },
        Labels: { maker: "test" },
        ArgsEscaped: true,
        Healthcheck: { Test: ["CMD", "x"], Interval: 1e9, Retries: 3 },
      },
      history: [{ created_by: "x", empty_layer: true }],
    });
  });

  it.each(["0001-01-01T00:00:00Z", "2026-01-02T15:04:05.123456789+02:00", "9999-12-31T23:59:59.999999999Z"])(
    "keeps the time %s",
    (created) => {
      expect(parse({ ...good, created }).created).toBe(created);
    },
  );

  it.each([
    [{ ...good, os: "linux" }, "cannot load linux image on windows: c.json is for linux/amd64"],
    [{ ...good, os: 1 }, "c.json: os is 1, and must be a string"],
    [{ ...good, architecture: undefined }, "c.json: architecture is missing, and must be a string"],
    [{ ...good, rootfs: undefined }, "invalid image JSON, no RootFS key: c.json"],
    [{ ...good, rootfs: { type: "layers+base", diff_ids: [diffId] } }, 'c.json: rootfs.type is "layers+base", and must be "layers"'],
    [{ ...good, rootfs: { type: "layers", diff_ids: [] } }, "c.json: the image has no layers, and a Windows image needs a base layer"],
    [{ ...good, rootfs: { type: "layers", diff_ids: ["x"] } }, 'c.json: rootfs.diff_ids holds "x", and must hold sha256 digests'],
    [{ ...good, config: { Cmd: "cmd /c" } }, 'c.json: config: Cmd is "cmd /c", and must be an array'],
    [{ ...good, config: { Env: ["A=1", 2] } }, "c.json: config: Env[1] is 2, and must be a string"],
    [{ ...good, config: { ArgsEscaped: "yes" } }, 'c.json: config: ArgsEscaped is "yes", and must be true or false'],
    [{ ...good, config: { Labels: { a: {} } } }, 'c.json: config: Labels["a"] is an object, and must be a string'],
    [{ ...good, history: {} }, "c.json: history is an object, and must be an array"],
    [{ ...good, created: "yesterday" }, 'c.json: created is "yesterday", and must be a time such as 2026-01-02T15:04:05Z'],
    [
      { ...good, created: "2026-13-01T00:00:00Z" },
      'c.json: created is "2026-13-01T00:00:00Z", and must be a time such as 2026-01-02T15:04:05Z',
    ],
    [{ ...good, history: [{ created: "" }] }, 'c.json: history[0]: created is "", and must be a time such as 2026-01-02T15:04:05Z'],
    [[], "c.json is an array, and must be an object"],
  ])("refuses %j", (value, message) => {
    expect(() => parse(value)).toThrowError(expect.objectContaining({ code: "InvalidArgument", message }));
  });

  it("returns any bytes and any JSON with a configuration or InvalidArgument", () => {
    const tryParse = (bytes: Uint8Array) => {
      try {
        expect(parseImageConfig(bytes, "c.json").os).toBe("windows");
      } catch (error) {
        expect(error).toMatchObject({ code: "InvalidArgument" });
      }
    };
    fc.assert(fc.property(fc.uint8Array(), tryParse));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (config, history) => tryParse(Buffer.from(JSON.stringify({ ...good, config, history })))),
    );
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    for (const config of [deep, `{"Cmd":${deep}}`, `{"Cmd":[${deep}]}`, `{"Labels":{"a":${deep}}}`, `{"Other":${deep}}`]) {
      tryParse(Buffer.from(JSON.stringify({ ...good, config: "here" }).replace('"here"', config)));
    }
  });
});
