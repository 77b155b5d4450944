import { describe, expect, it } from "vitest";
import { nearestName } from "../src/names/nearest-name.ts";

const known = ["root", "hosts", "storage", "emulator.rootfs"];

describe("the nearest name", () => {
  it.each([
    ["rot", "root"],
    ["ROOT", "root"],
    ["hsots", "hosts"],
    ["storag", "storage"],
    ["emulator.roofs", "emulator.rootfs"],
  ])("of %s is %s", (typed, meant) => {
    expect(nearestName(typed, known)).toBe(meant);
  });

  it.each(["", "x", "colour", "zzzz", "roxy"])("of %j is none", (typed) => {
    expect(nearestName(typed, known)).toBeUndefined();
  });
});
