import type { HostFacts } from "@oriel/contracts";
import { describe, expect, it } from "vitest";
import { assertExecUser, userWarnings } from "../src/containers/container-user.ts";
import { testHost } from "./test-engine.ts";

const emulated = await testHost.inspect();
const windows: HostFacts = { ...emulated, provider: "windows" };

describe("an account", () => {
  it.each([undefined, "", "containeradministrator", "User Manager\\ContainerAdministrator"])(
    "that every Windows image has, %j, is taken without a word",
    (user) => {
      expect(userWarnings(emulated, user)).toEqual([]);
      expect(() => assertExecUser(emulated, user, undefined)).not.toThrow();
    },
  );

  it.each(["ContainerUser", "user manager\\containeruser"])(
    "that has another's rights and name on the emulated host, %j, is warned of at create, and taken by its name at exec",
    (user) => {
      expect(userWarnings(emulated, user)).toEqual([
        expect.stringMatching(/rights of ContainerAdministrator, and Windows' calls give that name/),
      ]);
      expect(() => assertExecUser(emulated, user, undefined)).not.toThrow();
      expect(userWarnings(windows, user)).toEqual([]);
    },
  );

  it.each(["1000:1000", "web", "NT AUTHORITY\\NETWORK SERVICE"])(
    "that the emulated host cannot serve, %j, is warned of at create and refused at exec, and is left to Windows there",
    (user) => {
      expect(userWarnings(emulated, user)).toEqual([
        expect.stringMatching(/is not known on this emulated host.*as ContainerAdministrator/),
      ]);
      expect(() => assertExecUser(emulated, user, undefined)).toThrow(JSON.stringify(user));
      // It was warned of when the container was made.
      expect(() => assertExecUser(emulated, user, user)).not.toThrow();
      expect(userWarnings(windows, user)).toEqual([]);
      expect(() => assertExecUser(windows, user, undefined)).not.toThrow();
    },
  );
});
