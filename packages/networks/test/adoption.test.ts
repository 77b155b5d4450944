import path from "node:path";
import { type Logger, silentLogger } from "@oriel/contracts";
import { endpointRequest, type FakeHns, fakeHns, memoryJournal } from "@oriel/testkit";
import { expect, it, onTestFinished } from "vitest";
import { HnsNetworkBackend } from "../src/hns-network-backend.ts";
import { temporaryFolder } from "./support.ts";

interface Host {
  readonly hns: FakeHns;
  readonly journal: ReturnType<typeof memoryJournal>;
  readonly warnings: string[];
  /** The backend of a new process; the one before ends. */
  start(): Promise<HnsNetworkBackend>;
}

function host(): Host {
  const [hns, journal, root] = [fakeHns(), memoryJournal(), temporaryFolder()];
  const warnings: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (_fields, message) => warnings.push(message),
    error: (_fields, message) => warnings.push(message),
  };
  let backend: HnsNetworkBackend | undefined;
  onTestFinished(() => backend?.close());
  return {
    hns,
    journal,
    warnings,
    async start() {
      await backend?.close();
      backend = new HnsNetworkBackend({
        raw: { provider: "windows", network: hns },
        journal,
        file: path.join(root, "networks.db"),
        logger,
      });
      await backend.open();
      return backend;
    },
  };
}

const names = (backend: HnsNetworkBackend): string[] =>
  backend.list().map(({ name, driver, isAdopted }) => `${name} ${driver}${isAdopted ? " adopted" : ""}`);
const put = (hns: FakeHns, Name: string, Type: string): void =>
  hns.put("networks", { ID: `ID-${Name}`, Name, Type, Subnets: [{ AddressPrefix: "172.20.0.0/16", GatewayAddress: "172.20.0.1" }] });

it("nat is made where the host has none, and is the same after that", async () => {
  const { hns, journal, start } = host();
  const first = await start();
  expect(hns.networks).toMatchObject([{ Name: "nat", Type: "nat" }]);
  const nat = first.get("nat");
  expect(nat).toMatchObject({ isPredefined: true, isAdopted: false, options: { "com.docker.network.windowsshim.networkname": "nat" } });
  expect(journal.list().map(({ kind, id }) => `${kind} ${id}`)).toEqual([`network ${nat.id}`]);
  const before = first.list();
  expect((await start()).list()).toEqual(before);
  expect(hns.calls.filter(({ call }) => call === "POST /networks/")).toHaveLength(1);
});

it("networks of the host are shown by their names, the first of nat's kind as nat; those of Hyper-V are not", async () => {
  const { hns, journal, start } = host();
  put(hns, "Default Switch", "ICS");
  put(hns, "LabNat", "NAT");
  put(hns, "LabNat2", "nat");
  put(hns, "closed", "Private");
  put(hns, "inside", "Internal");
  put(hns, "mirror", "mirrored");
  const backend = await start();
  expect(names(backend)).toEqual(["none null", "Default Switch ics adopted", "nat nat adopted", "LabNat2 nat adopted"]);
  expect(backend.get("nat").ipam.subnets).toEqual([{ subnet: "172.20.0.0/16", gateway: "172.20.0.1" }]);
  expect(journal.list()).toEqual([]);
  const before = backend.list();
  expect((await start()).list()).toEqual(before);
});

it("a network of others whose name is taken is left alone, and said", async () => {
  const { hns, warnings, start } = host();
  const first = await start();
  await first.create({ name: "lab" });
  put(hns, "lab", "transparent");
  const second = await start();
  expect(names(second)).toEqual(["none null", "nat nat", "lab nat"]);
  expect(warnings).toEqual(['network "lab" of the host network service is left alone: its name is taken']);
});

it("an adopted network that is removed stays on the host, with what others have in it", async () => {
  const { hns, start } = host();
  put(hns, "lab", "transparent");
  hns.put("endpoints", { ID: "foreign", Name: "theirs", VirtualNetwork: "ID-lab", Policies: [] });
  const backend = await start();
  await backend.reconcile({ endpointIds: new Set() });
  await backend.remove("lab");
  expect(names(backend)).toEqual(["none null", "nat nat"]);
  expect(hns.networks.map(({ Name }) => Name)).toContain("lab");
  expect(hns.endpoints).toHaveLength(1);
});

it("a network that is gone from the host is gone here after the next start, with its endpoints; nat is made again", async () => {
  const { hns, journal, warnings, start } = host();
  const first = await start();
  const { network } = await first.create({ name: "lab", driver: "transparent" });
  const endpoint = await first.createEndpoint(endpointRequest(network, "a"));
  for (const { ID } of hns.endpoints) hns.lose("endpoints", ID);
  for (const { ID } of hns.networks) hns.lose("networks", ID);
  const second = await start();
  expect(names(second)).toEqual(["none null", "nat nat"]);
  expect(second.endpoint(endpoint.id)).toBeUndefined();
  expect(journal.list().map(({ id }) => id)).toEqual([second.get("nat").id]);
  expect(warnings).toEqual(["nat", "lab"].map((name) => `network ${name} is gone from the host network service, and is removed`));
});

it("without the service the daemon starts with none, and finds the rest when the service is there again", async () => {
  const { hns, warnings, start } = host();
  hns.refuse("GET /networks/", 0x803b0020, "The service is stopping. ");
  const backend = await start();
  expect(names(backend)).toEqual(["none null"]);
  expect(warnings).toEqual([expect.stringContaining("the networks of the host cannot be read")]);
  await backend.create({ name: "lab" });
  expect(names(backend)).toEqual(["none null", "nat nat", "lab nat"]);
});

it("a beginning of several ids names none of them", async () => {
  const { start } = host();
  const backend = await start();
  // 17 networks cannot begin with 16 digits without one of them twice.
  for (let at = 0; at < 15; at += 1) await backend.create({ name: `n${at}`, driver: "transparent" });
  const digits = backend.list().map(({ id }) => id.slice(0, 1));
  const twice = digits.find((digit, at) => digits.indexOf(digit) !== at) ?? "";
  const ambiguous = { code: "InvalidArgument", message: expect.stringMatching(/is ambiguous \(\d+ matches found based on ID prefix\)/) };
  expect(() => backend.get(twice)).toThrow(expect.objectContaining(ambiguous));
});
