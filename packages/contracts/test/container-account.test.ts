import { expect, test } from "vitest";
import { containerAccountOf } from "../src/index.ts";

test.each([
  ["ContainerUser", "ContainerUser"],
  ["containeradministrator", "ContainerAdministrator"],
  ["User Manager\\ContainerUser", "ContainerUser"],
  ["", undefined],
  ["web", undefined],
])("the account that every Windows image has under the name %j is %s", (user, account) => {
  expect(containerAccountOf(user)).toBe(account);
});
