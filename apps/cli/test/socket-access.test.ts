import { ClientError } from "@oriel/client";
import { describe, expect, it } from "vitest";
import { describeError } from "../src/report-error.ts";
import { accessRemedy, deniedSocket } from "../src/socket-access.ts";

const path = "/run/oriel.sock";

describe("a socket that the system refuses to open", () => {
  it("is reported with the reason and how to get access", () => {
    const cause = Object.assign(new Error("connect EACCES"), { code: "EACCES", address: "/nowhere/x.sock" });
    const error = new ClientError("cannot reach unix:///nowhere/x.sock: permission denied", undefined, {
      cause: new Error("fetch failed", { cause }),
    });
    expect(describeError(error)).toBe(
      "oriel: cannot reach unix:///nowhere/x.sock: permission denied\n" +
        "try: ask as the account that runs the daemon: the folder of /nowhere/x.sock is closed to others\n",
    );
  });

  it.each([
    ["root's", { path, uid: 0, gid: 0, group: "root" }, ["sudo, with the same command", "sudo chgrp YOUR_GROUP /run/oriel.sock"]],
    [
      "a group's",
      { path, uid: 0, gid: 996, group: "docker" },
      ["sudo, with the same command", "sudo usermod -aG docker $USER, and log in again"],
    ],
    ["an account's", { path, uid: 1000, gid: 1000, group: "ann" }, ["the account 1000, which runs the daemon", "usermod -aG ann"]],
  ])("names owner and group: %s", (_whose, owner, words) => {
    for (const part of words) expect(accessRemedy(owner)).toContain(part);
  });

  it("is not seen in other failures", () => {
    expect(deniedSocket(Object.assign(new Error("x"), { code: "ENOENT", address: path }))).toBeUndefined();
    expect(deniedSocket("words")).toBeUndefined();
  });
});
