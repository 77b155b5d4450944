import path from "node:path";
import { endpointRequest, type FakeHns, fakeHns, memoryJournal } from "@oriel/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { HnsNetworkBackend } from "../src/hns-network-backend.ts";
import { temporaryFolder } from "./support.ts";

async function start({
  timeout = 60_000,
  provider = "windows" as "windows" | "emulated",
  wrap = (hns: FakeHns): Pick<FakeHns, "HNSCall"> => hns,
} = {}) {
  const [hns, journal] = [fakeHns(), memoryJournal()];
  const network = wrap(hns);
  const backend = new HnsNetworkBackend({
    raw: { provider, network },
    journal,
    file: path.join(temporaryFolder(), "networks.db"),
    timeout,
  });
  await backend.open();
  onTestFinished(() => backend.close());
  return { hns, journal, backend };
}

/** A promise that the test settles. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  return { opened, open };
}

describe("a service that hangs", () => {
  it.each([
    ["before", "a network"],
    ["after", "a network"],
    ["before", "an endpoint"],
    ["after", "an endpoint"],
  ] as const)("%s it made %s is given up, and what it makes late is deleted again", async (when, what) => {
    const { hns, journal, backend } = await start({ timeout: 30 });
    const { opened, open } = gate();
    const isNetwork = what === "a network";
    hns.fault(isNetwork ? "POST /networks/" : "POST /endpoints/", { [when]: () => opened });
    const making = isNetwork ? backend.create({ name: "lab" }) : backend.createEndpoint(endpointRequest(backend.get("nat"), "a"));
    await expect(making).rejects.toMatchObject({ code: "DeadlineExceeded" });
    const recorded = journal.list().length;
    expect(recorded).toBe(2);
    // Its name and its port are free again; it stays recorded until it is surely gone.
    expect(await backend.reconcile({ endpointIds: new Set() })).toEqual({ removed: [], failed: [] });
    expect(journal.list()).toHaveLength(recorded);
    open();
    await expect.poll(() => journal.list().length).toBe(1);
    expect([hns.networks.length, hns.endpoints.length]).toEqual([1, 0]);
    if (isNetwork) await backend.create({ name: "lab" });
    else await backend.createEndpoint(endpointRequest(backend.get("nat"), "a"));
  });

  it("while it deletes keeps the thing recorded, and the next try finds it gone", async () => {
    const { hns, journal, backend } = await start({ timeout: 30 });
    const { network } = await backend.create({ name: "lab" });
    const endpoint = await backend.createEndpoint(endpointRequest(network, "a"));
    for (const [call, remove] of [
      ["DELETE /endpoints/", () => backend.removeEndpoint(endpoint.id)],
      ["DELETE /networks/", () => backend.remove("lab")],
    ] as const) {
      const { opened, open } = gate();
      onTestFinished(open);
      hns.fault(call, { after: () => opened });
      await expect(remove()).rejects.toMatchObject({ code: "DeadlineExceeded" });
      await remove();
    }
    expect([hns.networks.length, hns.endpoints.length, journal.list().length]).toEqual([1, 0, 1]);
  });

  it("when the daemon starts does not hold it up for longer than a call may take", async () => {
    const [hns, { opened, open }] = [fakeHns(), gate()];
    onTestFinished(open);
    hns.fault("GET /networks/", { before: () => opened });
    const raw = { provider: "windows", network: hns } as const;
    const backend = new HnsNetworkBackend({
      raw,
      journal: memoryJournal(),
      file: path.join(temporaryFolder(), "networks.db"),
      timeout: 30,
    });
    await backend.open();
    onTestFinished(() => backend.close());
    expect(backend.list().map(({ name }) => name)).toEqual(["none"]);
  });
});

describe("an answer that cannot be read", () => {
  /** The service does what it is asked for, and returns this. */
  const answering = (call: string, response: string | null) => (hns: FakeHns) => ({
    HNSCall: async (...request: Parameters<FakeHns["HNSCall"]>) => {
      const answer = await hns.HNSCall(...request);
      return `${request[0]} ${request[1]}` === call && request[2].includes("lab") ? { hresult: 0, response } : answer;
    },
  });

  it.each([
    ["no JSON", "<html>"],
    ["nothing", null],
    ["no envelope", "null"],
    ["no id", '{"Success":true,"Output":{"Name":"lab"}}'],
  ])("as it is %s leaves no network", async (_what, response) => {
    const { hns, journal, backend } = await start({ wrap: answering("POST /networks/", response) });
    const options = { "com.docker.network.windowsshim.networkname": "lab" };
    await expect(backend.create({ name: "lab", options })).rejects.toMatchObject({ code: "Internal" });
    expect([hns.networks.map(({ Name }) => Name), journal.list().length]).toEqual([["nat"], 1]);
  });

  it("leaves no endpoint, and no port taken", async () => {
    const { hns, journal, backend } = await start({ wrap: answering("POST /endpoints/", '{"Success":true}') });
    const ports = [{ protocol: "tcp", containerPort: 80, hostAddress: "", hostPorts: { first: 8080, last: 8080 } }] as const;
    const request = endpointRequest(backend.get("nat"), "a", { ports, lookUp: { servers: ["lab"], search: [], options: [], hosts: [] } });
    await expect(backend.createEndpoint(request)).rejects.toMatchObject({ code: "Internal" });
    expect([hns.endpoints, journal.list("endpoint")]).toEqual([[], []]);
    await backend.createEndpoint(endpointRequest(backend.get("nat"), "b", { ports }));
  });
});

describe("a refusal", () => {
  it("of a network leaves nothing, and has the words of the service", async () => {
    const { hns, journal, backend } = await start();
    hns.refuse("POST /networks/", 0x803b0006, "An adapter was not found. ");
    const message = "HNS failed with error : An adapter was not found.";
    await expect(backend.create({ name: "lab", driver: "transparent" })).rejects.toMatchObject({ code: "NotFound", message });
    expect([hns.networks.length, journal.list().length]).toEqual([1, 1]);
    await backend.create({ name: "lab" });
  });

  it("to remove a network or an endpoint keeps it, and it can be removed later", async () => {
    const { hns, backend } = await start();
    const { network } = await backend.create({ name: "lab" });
    const { id } = await backend.createEndpoint(endpointRequest(network, "a"));
    hns.refuse("DELETE /endpoints/", 0x803b0020, "The service is stopping. ");
    await expect(backend.removeEndpoint(id)).rejects.toMatchObject({ code: "Unavailable" });
    expect(backend.endpoint(id)).toBeDefined();
    await backend.removeEndpoint(id);
    hns.refuse("DELETE /networks/", 0x803b0020, "The service is stopping. ");
    await expect(backend.remove("lab")).rejects.toMatchObject({ code: "Unavailable" });
    expect(backend.get("lab").id).toBe(network.id);
    await backend.remove("lab");
  });

  it("in an envelope without a code is known by its words", async () => {
    const wrap = (hns: FakeHns) => ({
      HNSCall: async (...request: Parameters<FakeHns["HNSCall"]>) => {
        const { hresult, response } = await hns.HNSCall(...request);
        const { ErrorCode: _code, ...rest } = JSON.parse(response ?? "") as Readonly<Record<string, unknown>>;
        return { hresult, response: JSON.stringify(rest) };
      },
    });
    const { hns, backend } = await start({ wrap });
    const { network } = await backend.create({ name: "lab" });
    hns.lose("networks", network.hnsId ?? "");
    await backend.remove("lab");
    expect(() => backend.get("lab")).toThrow("network lab not found");
  });
});

it("a network that is being removed takes no endpoint, and one that is being given an endpoint is not removed", async () => {
  const { hns, backend } = await start();
  const { network } = await backend.create({ name: "lab" });
  const removal = gate();
  hns.fault("DELETE /networks/", { before: () => removal.opened });
  const removing = backend.remove("lab");
  await expect(backend.createEndpoint(endpointRequest(network, "a"))).rejects.toMatchObject({ code: "NotFound" });
  removal.open();
  await removing;

  const { network: second } = await backend.create({ name: "lab" });
  const creation = gate();
  hns.fault("POST /endpoints/", { before: () => creation.opened });
  const making = backend.createEndpoint(endpointRequest(second, "a"));
  await expect.poll(() => hns.calls.at(-1)?.call).toBe("POST /endpoints/");
  await expect(backend.remove("lab")).rejects.toMatchObject({ code: "PermissionDenied" });
  creation.open();
  expect((await making).networkId).toBe(second.id);
});
