import { rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describeGateway } from "@oriel/gateway";
import { renderTypes } from "./render-types.ts";

// The document's own version is no part of the types.
const text = await renderTypes(await describeGateway("0.0.0"));
const target = fileURLToPath(new URL("../../../packages/client/src/generated/api.ts", import.meta.url));
await writeFile(`${target}.tmp`, text);
await rename(`${target}.tmp`, target);
process.stdout.write(`${target}: ${text.length} characters\n`);
