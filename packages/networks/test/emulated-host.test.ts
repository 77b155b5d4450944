import path from "node:path";
import { createEmulatedHcs } from "@oriel/hcs-emulator";
import { endpointRequest, memoryJournal } from "@oriel/testkit";
import { expect, it, onTestFinished } from "vitest";
import { HnsNetworkBackend } from "../src/index.ts";
import { temporaryFolder } from "./support.ts";

it("makes networks and endpoints on the emulated host, and leaves nothing of them when they are removed", async () => {
  const root = temporaryFolder();
  const raw = createEmulatedHcs({ root });
  onTestFinished(() => raw.close());
  const journal = memoryJournal();
  const backend = new HnsNetworkBackend({ raw, journal, file: path.join(root, "networks.db") });
  await backend.open();
  onTestFinished(() => backend.close());
  expect(backend.list().map(({ name, driver }) => `${name} ${driver}`)).toEqual(["none null", "nat nat"]);

  const subnets = [{ subnet: "172.29.0.0/16", gateway: "172.29.0.1" }];
  const { network } = await backend.create({ name: "n8", ipam: { subnets } });
  expect(network).toMatchObject({ driver: "nat", ipam: { driver: "windows", subnets } });
  const endpoint = await backend.createEndpoint(
    endpointRequest(network, "q1", { ipAddress: "172.29.0.77", macAddress: "00:15:5d:11:22:33" }),
  );
  expect(endpoint).toMatchObject({ ipAddress: "172.29.0.77", prefixLength: 16, gateway: "172.29.0.1", macAddress: "00:15:5d:11:22:33" });
  await expect(backend.remove("n8")).rejects.toThrow(`error while removing network: network n8 id ${network.id} has active endpoints`);
  await backend.removeEndpoint(endpoint.id);
  await backend.remove("n8");
  expect(journal.list()).toEqual([]);
  const { response } = await raw.network.HNSCall("GET", "/networks/", "");
  expect(JSON.parse(response ?? "").Output).toHaveLength(1);
});
