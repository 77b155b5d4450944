import { silentLogger } from "@oriel/contracts";
import type { Engine } from "@oriel/engine";
import { buildGateway } from "./build-gateway.ts";

/** The OpenAPI 3.1 document that a gateway serves, without an engine: for generating clients and documentation. */
export async function describeGateway(version: string): Promise<Record<string, unknown>> {
  // Routes look at the engine when they are asked for something, and nobody asks here.
  const app = await buildGateway({ engine: {} as Engine, logger: silentLogger, version });
  try {
    return structuredClone({ ...app.swagger() });
  } finally {
    await app.close();
  }
}
