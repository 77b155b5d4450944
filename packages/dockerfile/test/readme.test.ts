import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { changed, words } from "../examples/change-an-image.ts";

const read = (name: string) => readFile(new URL(name, import.meta.url), "utf8");

test("the README shows the example that is run here", async () => {
  expect(/```ts\n([\s\S]*?)```/.exec(await read("../README.md"))?.[1]).toBe(await read("../examples/change-an-image.ts"));
});

test("the example changes a configuration", () => {
  expect(changed).toEqual({
    Env: ["PATH=C:\\mine;C:\\bin"],
    WorkingDir: "C:\\app\\logs",
    Cmd: ["app.exe", "-x"],
    ArgsEscaped: false,
    ExposedPorts: { "80/tcp": {}, "53/udp": {} },
  });
  expect(words).toEqual(["two words", "value", "C:\\new"]);
});
