import type { DatabaseSync } from "node:sqlite";
import type { EndpointRecord, EndpointRequest, NetworkRecord } from "@oriel/contracts";
import { openNetworksDatabase } from "./database.ts";

/** An endpoint with what its container's look-ups need. */
export interface StoredEndpoint extends EndpointRecord, Pick<EndpointRequest, "links" | "lookUp"> {
  readonly containerName: string;
}

/** Networks and endpoints: in memory, and in a database for the next start. */
export class NetworkStore {
  readonly #database: DatabaseSync;
  readonly #networks = new Map<string, NetworkRecord>();
  readonly #endpoints = new Map<string, StoredEndpoint>();

  constructor(file: string) {
    this.#database = openNetworksDatabase(file);
    for (const { record } of this.#rows("networks")) {
      const network = JSON.parse(String(record)) as Omit<NetworkRecord, "createdAt" | "hnsId"> & { createdAt: string; hnsId?: string };
      this.#networks.set(network.id, { ...network, hnsId: network.hnsId, createdAt: new Date(network.createdAt) });
    }
    for (const { record } of this.#rows("endpoints")) {
      const endpoint = JSON.parse(String(record)) as StoredEndpoint;
      this.#endpoints.set(endpoint.id, endpoint);
    }
  }

  /** In the order of their creation. */
  networks(): readonly NetworkRecord[] {
    return [...this.#networks.values()];
  }

  network(id: string): NetworkRecord | undefined {
    return this.#networks.get(id);
  }

  /** Durable when it returns. */
  saveNetwork(network: NetworkRecord): void {
    const insert = "INSERT INTO networks (id, name, record) VALUES (?, ?, ?)";
    const update = "ON CONFLICT (id) DO UPDATE SET name = excluded.name, record = excluded.record";
    this.#database.prepare(`${insert} ${update}`).run(network.id, network.name, JSON.stringify(network));
    this.#networks.set(network.id, network);
  }

  removeNetwork(id: string): void {
    this.#database.prepare("DELETE FROM networks WHERE id = ?").run(id);
    this.#networks.delete(id);
  }

  endpoints(): Iterable<StoredEndpoint> {
    return this.#endpoints.values();
  }

  endpoint(id: string): StoredEndpoint | undefined {
    return this.#endpoints.get(id);
  }

  /** Survives the process, not the machine: the journal has the endpoint too, and its container ends with the machine. */
  saveEndpoint(endpoint: StoredEndpoint): void {
    const insert = "INSERT INTO endpoints (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record";
    this.#unsynced(() => this.#database.prepare(insert).run(endpoint.id, JSON.stringify(endpoint)));
    this.#endpoints.set(endpoint.id, endpoint);
  }

  removeEndpoint(id: string): void {
    this.#unsynced(() => this.#database.prepare("DELETE FROM endpoints WHERE id = ?").run(id));
    this.#endpoints.delete(id);
  }

  close(): void {
    this.#database.close();
  }

  #rows(table: "networks" | "endpoints"): readonly { readonly record?: unknown }[] {
    return this.#database.prepare(`SELECT record FROM ${table} ORDER BY sequence`).all();
  }

  #unsynced(write: () => unknown): void {
    this.#database.exec("PRAGMA synchronous = NORMAL");
    try {
      write();
    } finally {
      this.#database.exec("PRAGMA synchronous = FULL");
    }
  }
}
