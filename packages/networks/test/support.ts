import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { EndpointRequest, NetworkRecord } from "@oriel/core";
import { onTestFinished } from "vitest";

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "oriel-networks-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a container without any option asks for. */
export function endpointRequest(network: NetworkRecord, name: string, more: Partial<EndpointRequest> = {}): EndpointRequest {
  return {
    networkId: network.id,
    container: { id: Buffer.from(name).toString("hex").padEnd(64, "0"), name },
    names: [name],
    links: [],
    lookUp: { servers: [], search: [], options: [], hosts: [] },
    ports: [],
    ...more,
  };
}
