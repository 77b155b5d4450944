// Writes the JSON Schema of runtime specs as a file beside the built modules.
import { writeFileSync } from "node:fs";
import { runtimeSpecSchema } from "../dist/checks/spec-schema.js";

writeFileSync(new URL("../dist/runtime-spec.schema.json", import.meta.url), `${JSON.stringify(runtimeSpecSchema, null, 2)}\n`);
