import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import type { NameSockets } from "@oriel/contracts";
import type { Asked } from "./name-resolver.ts";
import { frameMessage, MessageFrames } from "./tcp-frames.ts";

export interface NameServerOptions {
  readonly address: string;
  readonly port: number;
  readonly networkId: string;
  /** Binds the address where this process cannot. @default this process binds it */
  readonly bind?: ((address: string, port: number) => Promise<NameSockets | undefined>) | undefined;
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

  private constructor(options: NameServerOptions, { udp, tcp }: NameSockets) {
    this.#options = options;
    this.#udp = udp;
    this.#tcp = tcp;
    // Of single messages, such as one to an address that is gone: the others are still served.
    for (const socket of [udp, tcp]) socket.on("error", ignore);
    tcp.maxConnections = maxConnections;
    tcp.on("connection", (connection: Socket) => this.#onConnection(connection));
    udp.on("message", (message, { address, port }) => void this.#onDatagram(message, address, port));
  }

  /** @throws what the system says of the address: it is in use, or not of this host, or the port is not for this user */
  static async listen(options: NameServerOptions): Promise<NameServer> {
    const { address, port, bind } = options;
    return new NameServer(options, (await bind?.(address, port)) ?? (await bindHere(address, port)));
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

async function bindHere(address: string, port: number): Promise<NameSockets> {
  const [udp, tcp] = [createSocket("udp4"), createServer()];
  try {
    await new Promise<void>((resolve, reject) => {
      udp.once("error", reject);
      udp.bind({ address, port, exclusive: true }, resolve);
    });
    await new Promise<void>((resolve, reject) => {
      tcp.once("error", reject);
      tcp.listen({ host: address, port: udp.address().port, exclusive: true }, resolve);
    });
  } catch (error) {
    udp.close();
    tcp.close();
    throw error;
  }
  for (const socket of [udp, tcp]) socket.removeAllListeners("error");
  return { udp, tcp };
}

function ignore(): void {}
