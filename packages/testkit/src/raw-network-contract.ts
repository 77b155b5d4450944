import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { hresultFailed, type RawHcs } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ContractOptions } from "./raw-hcs-contract.ts";

export interface RawNetworkFixture {
  readonly raw: Pick<RawHcs, "network">;
  dispose(): Promise<void>;
}

export interface NetworkContractOptions extends ContractOptions {
  /** For the real service, whose exact codes for some refusals nobody has recorded: any failure will do for those. */
  readonly anyRefusal?: boolean;
  /** For a service whose policies and subnets are what it was given, whatever that is. */
  readonly keepsWhatItIsGiven?: boolean;
}

/** HCN_E_* (winerror.h). */
const NETWORK_NOT_FOUND = 0x803b0001;
const ENDPOINT_NOT_FOUND = 0x803b0002;
const INVALID_NETWORK_TYPE = 0x803b000b;
const NETWORK_ALREADY_EXISTS = 0x803b0010;
const INVALID_POLICY = 0x803b000d;
const PORT_ALREADY_EXISTS = 0x803b0013;
const INVALID_JSON = 0x803b001b;
const INVALID_IP = 0x803b001e;
const ENTITY_HAS_REFERENCES = 0x803b002c;
const noSuchObject = "The object identifier does not represent a valid object. ";

interface Subnet {
  readonly AddressPrefix: string;
  readonly GatewayAddress: string;
}

interface HnsObject {
  readonly ID: string;
  readonly Name: string;
  readonly Type: string;
  readonly Subnets: readonly Subnet[];
  readonly VirtualNetwork: string;
  readonly VirtualNetworkName: string;
  readonly IPAddress: string;
  readonly MacAddress: string;
  readonly GatewayAddress: string;
  readonly PrefixLength: number;
  readonly Policies: readonly { readonly ExternalPort?: number }[];
}

interface Envelope {
  readonly Success: boolean;
  readonly Error?: string;
  readonly ErrorCode?: number;
  readonly Output?: unknown;
}

/** What every host network service does alike. A failure comes as an HRESULT or inside the envelope; both are taken. */
export function rawNetworkContract(name: string, factory: () => Promise<RawNetworkFixture>, options: NetworkContractOptions = {}): void {
  const title = `raw network interface: ${name}${options.skip ? ` (skipped: ${options.skip})` : ""}`;

  describe.skipIf(options.skip !== undefined)(title, () => {
    let fixture: RawNetworkFixture;
    let made: { readonly networks: string[]; readonly endpoints: string[] };
    let count = 0;

    beforeEach(async () => {
      fixture = await factory();
      made = { networks: [], endpoints: [] };
    });
    afterEach(async () => {
      for (const id of made.endpoints) await call("DELETE", `/endpoints/${id}`);
      for (const id of made.networks) await call("DELETE", `/networks/${id}`);
      await fixture.dispose();
    });

    async function call(method: string, address: string, object?: unknown): Promise<Envelope> {
      const document = object === undefined ? "" : typeof object === "string" ? object : JSON.stringify(object);
      const { hresult, response } = await fixture.raw.network.HNSCall(method, address, document);
      if (hresultFailed(hresult)) return { Success: false, ErrorCode: hresult };
      return JSON.parse(response ?? "") as Envelope;
    }

    async function succeed<Output>(method: string, address: string, object?: unknown): Promise<Output> {
      const envelope = await call(method, address, object);
      expect(envelope).toMatchObject({ Success: true });
      return envelope.Output as Output;
    }

    async function refused(code: number, method: string, address: string, object?: unknown): Promise<Envelope> {
      const envelope = await call(method, address, object);
      expect(envelope.Success).toBe(false);
      if (options.anyRefusal !== true) expect(envelope.ErrorCode).toBe(code);
      return envelope;
    }

    /** Ports are real: one that this host does not use. */
    const freePort = async (): Promise<number> => {
      const server = createServer().listen(0);
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, "close");
      return port;
    };

    /** What such a service does not do. */
    const itChecks = it.skipIf(options.keepsWhatItIsGiven === true);

    const newName = (): string => {
      count += 1;
      return `oriel-contract-${process.pid}-${count}`;
    };

    async function network(more: Readonly<Record<string, unknown>> = {}): Promise<HnsObject> {
      const output = await succeed<HnsObject>("POST", "/networks/", { Name: newName(), Type: "nat", ...more });
      made.networks.push(output.ID);
      return output;
    }

    async function endpoint(on: string, more: Readonly<Record<string, unknown>> = {}): Promise<HnsObject> {
      const output = await succeed<HnsObject>("POST", "/endpoints/", { VirtualNetwork: on, ...more });
      made.endpoints.push(output.ID);
      return output;
    }

    const idsIn = async (collection: string): Promise<string[]> =>
      (await succeed<readonly HnsObject[]>("GET", collection)).map(({ ID }) => ID.toLowerCase());

    describe("networks", () => {
      it("makes a nat network with a subnet of its own choice, and the gateway in it", async () => {
        const given = newName();
        const output = await succeed<HnsObject>("POST", "/networks/", { Name: given, Type: "nat" });
        made.networks.push(output.ID);
        expect(output).toMatchObject({ Name: given, Type: "nat" });
        expect(isGuid(output.ID)).toBe(true);
        const [subnet, ...more] = output.Subnets;
        expect(more).toEqual([]);
        expect(contains(subnet?.AddressPrefix, subnet?.GatewayAddress)).toBe(true);
      });

      it("gives each network another subnet", async () => {
        const [one, two] = [await network(), await network()];
        expect(contains(one.Subnets[0]?.AddressPrefix, two.Subnets[0]?.GatewayAddress)).toBe(false);
        expect(contains(two.Subnets[0]?.AddressPrefix, one.Subnets[0]?.GatewayAddress)).toBe(false);
      });

      it("takes the subnet that it is given", async () => {
        const Subnets = [{ AddressPrefix: "10.213.7.0/24", GatewayAddress: "10.213.7.1" }];
        expect((await network({ Subnets })).Subnets).toMatchObject(Subnets);
      });

      it("chooses no subnet of this host's", async () => {
        const [subnet] = (await network()).Subnets;
        const own = Object.values(networkInterfaces()).flatMap((cards) => cards ?? []);
        // The gateway of the network itself may be an address of the host.
        const others = own.filter(({ family, address }) => family === "IPv4" && address !== subnet?.GatewayAddress);
        expect(others.filter(({ address }) => contains(subnet?.AddressPrefix, address))).toEqual([]);
      });

      itChecks("refuses subnets that are none", async () => {
        const Name = newName();
        for (const AddressPrefix of ["10.213.7.0", "10.213.7.0/33", "10.213.700.0/24"]) {
          await refused(INVALID_IP, "POST", "/networks/", { Name, Type: "nat", Subnets: [{ AddressPrefix }] });
        }
        expect((await succeed<readonly HnsObject[]>("GET", "/networks/")).map((found) => found.Name)).not.toContain(Name);
      });

      it("lists it, and answers it by its id, whatever the case of that", async () => {
        const { ID, Name } = await network();
        expect(await idsIn("/networks/")).toContain(ID.toLowerCase());
        for (const id of [ID, ID.toUpperCase(), ID.toLowerCase()])
          expect((await succeed<HnsObject>("GET", `/networks/${id}`)).Name).toBe(Name);
      });

      it("forgets a network that was deleted, and says so to a second deletion", async () => {
        const { ID } = await network();
        await succeed("DELETE", `/networks/${ID}`);
        expect(await idsIn("/networks/")).not.toContain(ID.toLowerCase());
        expect((await refused(NETWORK_NOT_FOUND, "GET", `/networks/${ID}`)).Error?.toLowerCase()).toBe(noSuchObject.toLowerCase());
        expect((await refused(NETWORK_NOT_FOUND, "DELETE", `/networks/${ID}`)).Error?.toLowerCase()).toBe(noSuchObject.toLowerCase());
      });

      it("refuses a type that there is not, a document that is none, and a name that is taken", async () => {
        await refused(INVALID_NETWORK_TYPE, "POST", "/networks/", { Name: newName(), Type: "no-such-type" });
        await refused(INVALID_JSON, "POST", "/networks/", "{");
        if (options.anyRefusal === true) return;
        const { Name } = await network();
        await refused(NETWORK_ALREADY_EXISTS, "POST", "/networks/", { Name, Type: "nat" });
      });

      it("keeps a network that has endpoints, and lets it go when they are gone", async () => {
        const { ID } = await network();
        const { ID: used } = await endpoint(ID);
        const answer = await call("DELETE", `/networks/${ID}`);
        // Where the service takes the endpoints along, none may be left without its network.
        if (options.anyRefusal === true && answer.Success) {
          expect(await idsIn("/endpoints/")).not.toContain(used.toLowerCase());
          return;
        }
        expect(answer).toMatchObject({ Success: false, ErrorCode: ENTITY_HAS_REFERENCES });
        expect(await idsIn("/networks/")).toContain(ID.toLowerCase());
        await succeed("DELETE", `/endpoints/${used}`);
        await succeed("DELETE", `/networks/${ID}`);
      });
    });

    describe("endpoints", () => {
      it("gives an endpoint an address of the network's subnet, its gateway, and a MAC address", async () => {
        const on = await network();
        const output = await endpoint(on.ID);
        expect(isGuid(output.ID)).toBe(true);
        expect(output.VirtualNetwork.toLowerCase()).toBe(on.ID.toLowerCase());
        expect(output).toMatchObject({ VirtualNetworkName: on.Name, GatewayAddress: on.Subnets[0]?.GatewayAddress });
        expect(contains(on.Subnets[0]?.AddressPrefix, output.IPAddress)).toBe(true);
        expect(output.PrefixLength).toBe(Number(on.Subnets[0]?.AddressPrefix.split("/")[1]));
        expect(/^00-15-5D(-[0-9A-F]{2}){3}$/i.test(output.MacAddress)).toBe(true);
      });

      it("gives each endpoint addresses of its own, and not the gateway's", async () => {
        const on = await network();
        const all: HnsObject[] = [];
        for (let index = 0; index < 20; index += 1) all.push(await endpoint(on.ID));
        expect(new Set([...all.map(({ IPAddress }) => IPAddress), on.Subnets[0]?.GatewayAddress]).size).toBe(21);
        expect(new Set(all.map(({ MacAddress }) => MacAddress.toLowerCase())).size).toBe(20);
        expect(new Set(all.map(({ ID }) => ID.toLowerCase())).size).toBe(20);
      });

      it("gives an address that was given back again, and no other's", async () => {
        const on = await network({ Subnets: [{ AddressPrefix: "10.213.8.0/29", GatewayAddress: "10.213.8.1" }] });
        const first = await endpoint(on.ID);
        const second = await endpoint(on.ID);
        await succeed("DELETE", `/endpoints/${first.ID}`);
        const more = [await endpoint(on.ID), await endpoint(on.ID), await endpoint(on.ID), await endpoint(on.ID)];
        expect(new Set([second, ...more].map(({ IPAddress }) => IPAddress)).size).toBe(5);
      });

      it("takes the address and the policies that it is given", async () => {
        const on = await network({ Subnets: [{ AddressPrefix: "10.213.9.0/24", GatewayAddress: "10.213.9.1" }] });
        const Policies = [{ Type: "NAT", Protocol: "tcp", InternalPort: 80, ExternalPort: await freePort() }];
        const output = await endpoint(on.ID, { IPAddress: "10.213.9.77", MacAddress: "00-15-5D-01-02-03", Policies });
        expect(output).toMatchObject({ IPAddress: "10.213.9.77", MacAddress: "00-15-5D-01-02-03" });
        const again = await succeed<{ readonly Policies: readonly unknown[] }>("GET", `/endpoints/${output.ID}`);
        expect(again.Policies).toMatchObject(Policies);
      });

      itChecks("chooses the host's port where the policy names none, another for each, and keeps what it chose", async () => {
        const on = await network();
        const Policies = [
          { Type: "NAT", Protocol: "tcp", InternalPort: 80 },
          { Type: "NAT", Protocol: "tcp", InternalPort: 81, ExternalPort: 0 },
        ];
        const { ID, Policies: chosen } = await endpoint(on.ID, { Policies });
        const ports = chosen.map(({ ExternalPort }) => Number(ExternalPort));
        expect(ports.every((port) => port > 0 && port < 65_536)).toBe(true);
        expect(new Set(ports).size).toBe(2);
        expect((await succeed<HnsObject>("GET", `/endpoints/${ID}`)).Policies).toMatchObject(
          ports.map((ExternalPort) => ({ ExternalPort })),
        );
      });

      itChecks("refuses a port that another endpoint has, makes nothing then, and gives the port once that endpoint is gone", async () => {
        const on = await network();
        const Policies = [{ Type: "NAT", Protocol: "tcp", InternalPort: 80, ExternalPort: await freePort() }];
        const first = await endpoint(on.ID, { Policies });
        await refused(PORT_ALREADY_EXISTS, "POST", "/endpoints/", { VirtualNetwork: on.ID, Policies });
        expect((await idsIn("/endpoints/")).length).toBe(1);
        // The same number of the other protocol is another port.
        await endpoint(on.ID, { Policies: Policies.map((policy) => ({ ...policy, Protocol: "udp" })) });
        await succeed("DELETE", `/endpoints/${first.ID}`);
        await endpoint(on.ID, { Policies });
      });

      itChecks("refuses policies that are none", async () => {
        const on = await network();
        await refused(INVALID_JSON, "POST", "/endpoints/", { VirtualNetwork: on.ID, Policies: "NAT" });
        if (options.anyRefusal === true) return;
        for (const Policies of [[{}], [1], [{ Type: "NAT", Protocol: "tcp", InternalPort: 80, ExternalPort: 70_000 }]]) {
          await refused(INVALID_POLICY, "POST", "/endpoints/", { VirtualNetwork: on.ID, Policies });
        }
      });

      it("refuses an address that is taken, or that lies in no subnet of the network", async () => {
        const on = await network({ Subnets: [{ AddressPrefix: "10.213.10.0/24", GatewayAddress: "10.213.10.1" }] });
        await endpoint(on.ID, { IPAddress: "10.213.10.5" });
        await refused(INVALID_IP, "POST", "/endpoints/", { VirtualNetwork: on.ID, IPAddress: "10.213.10.5" });
        await refused(INVALID_IP, "POST", "/endpoints/", { VirtualNetwork: on.ID, IPAddress: "192.168.77.5" });
      });

      it("refuses an endpoint of a network that there is not", async () => {
        await refused(NETWORK_NOT_FOUND, "POST", "/endpoints/", { VirtualNetwork: "00000000-1111-2222-3333-444444444444" });
        await refused(INVALID_JSON, "POST", "/endpoints/", "[");
      });

      it("lists it, answers it by its id, and changes it", async () => {
        const on = await network();
        const { ID, IPAddress } = await endpoint(on.ID);
        expect(await idsIn("/endpoints/")).toContain(ID.toLowerCase());
        expect(await succeed("GET", `/endpoints/${ID.toLowerCase()}`)).toMatchObject({ IPAddress });
        const Policies = [{ Type: "NAT", Protocol: "udp", InternalPort: 53, ExternalPort: await freePort() }];
        await succeed("POST", `/endpoints/${ID}`, { Policies });
        const changed = await succeed<{ readonly Policies: readonly unknown[] }>("GET", `/endpoints/${ID}`);
        expect(changed.Policies).toMatchObject(Policies);
        expect(changed).toMatchObject({ IPAddress });
      });

      it("forgets an endpoint that was deleted, and says so to whoever asks for it", async () => {
        const on = await network();
        const { ID } = await endpoint(on.ID);
        await succeed("DELETE", `/endpoints/${ID}`);
        expect(await idsIn("/endpoints/")).not.toContain(ID.toLowerCase());
        for (const [method, object] of [
          ["GET", undefined],
          ["DELETE", undefined],
          ["POST", { Policies: [] }],
        ] as const) {
          const { Error: words } = await refused(ENDPOINT_NOT_FOUND, method, `/endpoints/${ID}`, object);
          expect(words?.toLowerCase()).toBe(noSuchObject.toLowerCase());
        }
      });
    });

    it("says its version", async () => {
      const { Major, Minor } = await succeed<{ readonly Major: number; readonly Minor: number }>("GET", "/globals/version");
      expect([typeof Major, typeof Minor]).toEqual(["number", "number"]);
    });
  });
}

function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** Whether an IPv4 address lies in a prefix. */
function contains(prefix: string | undefined, address: string | undefined): boolean {
  const [network = "", bits = "32"] = (prefix ?? "").split("/");
  const mask = -(2 ** (32 - Number(bits))) >>> 0;
  const number = (text: string): number => text.split(".").reduce((value, part) => value * 256 + Number(part), 0);
  return address !== undefined && (number(network) & mask) >>> 0 === (number(address) & mask) >>> 0;
}
