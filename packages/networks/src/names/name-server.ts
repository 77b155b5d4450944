import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import type { Asked } from "./name-resolver.ts";
import { frameMessage, MessageFrames } from "./tcp-frames.ts";

export interface NameServerOptions {
  readonly address: string;
  readonly port: number;
  readonly networkId: string;
  /** Returns undefined for what gets no answer. */
  readonly resolve: (message: Buffer, asked: Asked) => Promise<Buffer | undefined>;
}

/** Connections of all containers of a network at once. */
const maxConnections = 256;
/** Of one address at once: no container takes the others' share. */
const maxConnectionsOfOne = 32;
/** Milliseconds after which a connection without questions is closed. */
const idleTimeout = 10_000;

/** Serves names at one address, by UDP and TCP. */
export class NameServer {
  readonly #options: NameServerOptions;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();

  private constructor(options: NameServerOptions) {
    this.#options = options;
    this.#udp = createSocket("udp4");
    this.#tcp = createServer((connection) => this.#onConnection(connection));
    this.#tcp.maxConnections = maxConnections;
    this.#udp.on("message", (message, { address, port }) => void this.#onDatagram(message, address, port));
  }

  /** @throws what the system says of the address: it is in use, or not of this host, or the port is not for this user */
  static async listen(options: NameServerOptions): Promise<NameServer> {
    const server = new NameServer(options);
    const { address, port } = options;
    try {
      await new Promise<void>((resolve, reject) => {
        server.#udp.once("error", reject);
        server.#udp.bind({ address, port, exclusive: true }, resolve);
      });
      await new Promise<void>((resolve, reject) => {
        server.#tcp.once("error", reject);
        server.#tcp.listen({ host: address, port: server.port, exclusive: true }, resolve);
      });
    } catch (error) {
      await server.close();
      throw error;
    }
    // Of single messages, such as one to an address that is gone: the others are still served.
    for (const socket of [server.#udp, server.#tcp]) {
      socket.removeAllListeners("error");
      socket.on("error", ignore);
    }
    return server;
  }

  get address(): string {
    return this.#options.address;
  }

  get port(): number {
    return this.#udp.address().port;
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    await Promise.all([
      new Promise<void>((resolve) => {
        try {
          this.#udp.close(() => resolve());
        } catch {
          resolve();
        }
      }),
      new Promise<void>((resolve) => this.#tcp.close(() => resolve())),
    ]);
  }

  async #onDatagram(message: Buffer, address: string, port: number): Promise<void> {
    const answer = await this.#answer(message, address, "udp");
    if (answer === undefined) return;
    try {
      this.#udp.send(answer, port, address, ignore);
    } catch {
      // Closed meanwhile.
    }
  }

  #onConnection(connection: Socket): void {
    const from = connection.remoteAddress ?? "";
    const ofOne = [...this.#connections].filter(({ remoteAddress }) => remoteAddress === from).length;
    if (ofOne >= maxConnectionsOfOne) return void connection.destroy();
    const frames = new MessageFrames();
    this.#connections.add(connection);
    connection.setTimeout(idleTimeout, () => connection.destroy());
    connection.on("error", ignore);
    connection.on("close", () => this.#connections.delete(connection));
    connection.on("data", (data) => {
      // One question after another: who asks faster waits.
      connection.pause();
      void this.#serve(connection, frames.push(data), from).finally(() => connection.resume());
    });
  }

  async #serve(connection: Socket, messages: readonly Buffer[], from: string): Promise<void> {
    for (const message of messages) {
      const answer = await this.#answer(message, from, "tcp");
      if (connection.destroyed || answer === undefined) return void connection.destroy();
      await new Promise<void>((resolve) => connection.write(frameMessage(answer), () => resolve()));
    }
  }

  async #answer(message: Buffer, from: string, by: "udp" | "tcp"): Promise<Buffer | undefined> {
    try {
      return await this.#options.resolve(message, { networkId: this.#options.networkId, from, by });
    } catch {
      // A name that can be read and not be written again.
      return undefined;
    }
  }
}

function ignore(): void {}
