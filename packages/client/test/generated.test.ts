import { readFile } from "node:fs/promises";
import { describeGateway } from "@oriel/gateway";
import { renderTypes } from "@oriel/openapi-types";
import { expect, test } from "vitest";

test("the types are those of the gateway's document (else: pnpm --filter @oriel/openapi-types generate)", async () => {
  const committed = await readFile(new URL("../src/generated/api.ts", import.meta.url), "utf8");
  expect(committed).toBe(await renderTypes(await describeGateway("0.0.0")));
});
