import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { HcsNotification, type HcsSystem } from "@oriel/contracts";
import { makeScratch, mountScratch } from "@oriel/testkit";
import { findLinkHost } from "../../src/host-network/find-link-host.ts";
import { isLinkHost } from "../../src/host-network/link-host.ts";
import { type NetworkNames, networkNames } from "../../src/host-network/network-names.ts";
import { createEmulatedHcs, type EmulatedHcs, type EmulatedHcsOptions } from "../../src/index.ts";
import { containerDocument, noContainer, runProgram, startProcess, startSystem, type TestProcess } from "../emulated-container.ts";

const run = promisify(execFile);

const links = await findLinkHost(networkNames("/"), () => undefined);
if (isLinkHost(links)) links.close?.();

/** Why tests cannot start containers on networks of their own; undefined where they can. */
export const noNetworks = noContainer ?? (isLinkHost(links) ? undefined : links.why);

/** Output of a program of the host. */
export async function hostRun(command: string, ...words: readonly string[]): Promise<string> {
  return (await run(command, words)).stdout;
}

interface NatPort {
  readonly InternalPort?: number;
  readonly ExternalPort?: number;
  readonly Protocol?: string;
}

export interface HnsDocument {
  readonly ID: string;
  readonly Name: string;
  readonly IPAddress: string;
  readonly MacAddress: string;
  readonly GatewayAddress: string;
  readonly PrefixLength: number;
  readonly Policies: readonly NatPort[];
  readonly Subnets: readonly { readonly AddressPrefix: string; readonly GatewayAddress: string }[];
}

export interface HnsReply {
  readonly Success: boolean;
  readonly Error?: string;
  readonly ErrorCode?: number;
  readonly Output?: unknown;
}

export interface TrialContainer {
  readonly id: string;
  readonly system: HcsSystem;
  run(commandLine: string): Promise<string>;
  start(commandLine: string): Promise<TestProcess>;
  /** Starts `peer` as a server, and returns when it serves. */
  serve(protocol: "tcp" | "udp", port: number): Promise<TestProcess>;
  modify(request: "Add" | "Remove", endpoint: HnsDocument): Promise<number>;
  statistics(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  stop(): Promise<void>;
}

/** A service with containers on networks. */
export class NetworkTrial {
  readonly hcs: EmulatedHcs;
  readonly names: NetworkNames;
  readonly warnings: string[] = [];
  readonly #root: string;
  readonly #base: string;
  /** Words before a command that is to see the networks. */
  #before: readonly string[] | undefined;
  #count = 0;

  constructor(root: string, base: string, options: Omit<EmulatedHcsOptions, "root" | "onWarning"> = {}) {
    this.#root = root;
    this.#base = base;
    this.names = networkNames(root);
    this.hcs = createEmulatedHcs({ ...options, root, onWarning: (message) => this.warnings.push(message) });
  }

  async call(method: string, address: string, document: object | "" = ""): Promise<HnsReply> {
    const { hresult, response } = await this.hcs.network.HNSCall(method, address, document === "" ? "" : JSON.stringify(document));
    return response === null ? { Success: false, ErrorCode: hresult } : (JSON.parse(response) as HnsReply);
  }

  async #done(method: string, address: string, document: object | "" = ""): Promise<HnsDocument> {
    const reply = await this.call(method, address, document);
    if (!reply.Success) throw new Error(`${method} ${address}: ${reply.Error} ${reply.ErrorCode?.toString(16)}`);
    return reply.Output as HnsDocument;
  }

  network(Name: string, more: object = {}): Promise<HnsDocument> {
    return this.#done("POST", "/networks/", { Name, Type: "nat", ...more });
  }

  endpoint(network: HnsDocument, more: object = {}): Promise<HnsDocument> {
    return this.#done("POST", "/endpoints/", { VirtualNetwork: network.ID, ...more });
  }

  async remove(kind: "networks" | "endpoints", { ID }: HnsDocument): Promise<void> {
    await this.#done("DELETE", `/${kind}/${ID}`);
  }

  async container(endpoints: readonly HnsDocument[], document: Record<string, unknown> = {}): Promise<TrialContainer> {
    const { hcs } = this;
    this.#count += 1;
    const id = `c${this.#count}`;
    const scratch = path.join(this.#root, "windowsfilter", id);
    await makeScratch(hcs, scratch, this.#base);
    const volume = await mountScratch(hcs, scratch, this.#base);
    const more = { HostName: id, EndpointList: endpoints.map(({ ID }) => ID), ...document };
    const { system, status, result } = await startSystem(hcs, containerDocument({ volume, scratch, base: this.#base, document: more }), id);
    if (status !== 0) throw new Error(`start of ${id}: ${(status >>> 0).toString(16)} ${result}`);
    const ended = new Promise<void>((resolve) => {
      void hcs.compute.HcsRegisterComputeSystemCallback(system, (type) => void (type === HcsNotification.SystemExited && resolve()), 0n);
    });
    const start = (commandLine: string): Promise<TestProcess> => startProcess(hcs, system, { CommandLine: commandLine });
    return {
      id,
      system,
      run: (commandLine) => runProgram(hcs, system, commandLine),
      start,
      serve: async (protocol, port) => {
        const server = await start(`peer.exe ${protocol} ${port}`);
        await server.seen(/ready/);
        return server;
      },
      modify: async (RequestType, { ID }) => {
        const request = JSON.stringify({ ResourceType: "Network", RequestType, Settings: ID });
        return (await hcs.compute.HcsModifyComputeSystem(system, request)).hresult;
      },
      statistics: async () => {
        const { properties } = await hcs.compute.HcsGetComputeSystemProperties(system, JSON.stringify({ PropertyTypes: ["Statistics"] }));
        return JSON.parse(properties ?? "").Statistics.Network;
      },
      stop: async () => {
        await hcs.compute.HcsTerminateComputeSystem(system, "");
        await ended;
      },
    };
  }

  /** Output of a program where the networks are. */
  async hostRun(...words: readonly string[]): Promise<string> {
    if (this.#before === undefined) {
      const { network } = await this.hcs.describe();
      this.#before = isLinkHost(network) ? network.before : [];
    }
    const [command = "", ...rest] = [...this.#before, ...words];
    return hostRun(command, ...rest);
  }

  /** What there is on the host with the mark of this service: links, name spaces, tables. */
  async onHost(): Promise<string[]> {
    const [cards, spaces, ruleset] = await Promise.all([
      this.hostRun("ip", "-br", "link"),
      this.hostRun("ip", "netns"),
      this.hostRun("nft", "list", "ruleset"),
    ]).catch((error: Error) => {
      // A name space of the service's own, which is gone with it.
      if (/nsenter: (cannot open|reassociate|.*No such)/.test(error.message)) return ["", "", ""] as const;
      throw error;
    });
    return [...cards.split("\n"), ...spaces.split("\n"), ...ruleset.split("\n")]
      .filter((line) => line.includes(this.names.mark))
      .map((line) => line.trim().split(/[ @]/)[0] ?? "");
  }

  close(): Promise<void> {
    return this.hcs.close();
  }
}
