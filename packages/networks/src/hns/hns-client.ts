import { DeadlineExceededError, HCN, hresultFailed, InternalError, type RawNetwork, withDeadline } from "@oriel/contracts";
import { hnsError, isHcsError } from "@oriel/hcs-bindings";
import type { HnsEndpoint, HnsEndpointDocument, HnsNetwork, HnsNetworkDocument } from "./hns-documents.ts";

export interface HnsClientOptions {
  /** How long a call may take, in milliseconds. @default 240000, as hcsshim has it */
  readonly timeout?: number | undefined;
}

/** Called when a creation is given up although the service has not answered: the promise resolves once what it made late is deleted. */
export type OnAbandoned = (undone: Promise<void>) => void;

interface Call {
  readonly op: string;
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly document?: unknown;
  readonly resource?: string;
}

/** The host network service with types, deadlines and errors. */
export class HnsClient {
  readonly #raw: RawNetwork;
  readonly #timeout: number;

  constructor(raw: RawNetwork, { timeout = 240_000 }: HnsClientOptions = {}) {
    this.#raw = raw;
    this.#timeout = timeout;
  }

  networks(): Promise<readonly HnsNetwork[]> {
    return this.#list<HnsNetwork>("network.list", "/networks/");
  }

  /** @throws NotFoundError */
  async network(id: string): Promise<HnsNetwork> {
    const call: Call = { op: "network.get", method: "GET", path: `/networks/${id}`, resource: id };
    return withId<HnsNetwork>(await this.#call(call), call);
  }

  createNetwork(document: HnsNetworkDocument, onAbandoned: OnAbandoned): Promise<HnsNetwork> {
    const call: Call = { op: "network.create", method: "POST", path: "/networks/", document, resource: document.Name };
    return this.#create<HnsNetwork>(call, (id) => this.deleteNetwork(id), onAbandoned);
  }

  /** One that is gone is no error. */
  deleteNetwork(id: string): Promise<void> {
    return this.#delete({ op: "network.remove", method: "DELETE", path: `/networks/${id}`, resource: id });
  }

  endpoints(): Promise<readonly HnsEndpoint[]> {
    return this.#list<HnsEndpoint>("endpoint.list", "/endpoints/");
  }

  /** @throws NotFoundError */
  async endpoint(id: string): Promise<HnsEndpoint> {
    const call: Call = { op: "endpoint.get", method: "GET", path: `/endpoints/${id}`, resource: id };
    return withId<HnsEndpoint>(await this.#call(call), call);
  }

  createEndpoint(document: HnsEndpointDocument, onAbandoned: OnAbandoned): Promise<HnsEndpoint> {
    const call: Call = { op: "endpoint.create", method: "POST", path: "/endpoints/", document, resource: document.Name };
    return this.#create<HnsEndpoint>(call, (id) => this.deleteEndpoint(id), onAbandoned);
  }

  /** One that is gone is no error. */
  deleteEndpoint(id: string): Promise<void> {
    return this.#delete({ op: "endpoint.remove", method: "DELETE", path: `/endpoints/${id}`, resource: id });
  }

  async #list<Found extends { readonly ID: string }>(op: string, path: string): Promise<readonly Found[]> {
    const output = await this.#call({ op, method: "GET", path });
    if (output === undefined || output === null) return [];
    if (!Array.isArray(output)) throw malformed(op, "its Output is no list");
    return output.filter((found: unknown): found is Found => hasId(found));
  }

  async #create<Made extends { readonly ID: string }>(
    call: Call,
    undo: (id: string) => Promise<void>,
    onAbandoned: OnAbandoned,
  ): Promise<Made> {
    const answer = this.#send(call);
    let response: string | null;
    try {
      response = await this.#inTime(answer, call);
    } catch (error) {
      if (error instanceof DeadlineExceededError) {
        onAbandoned(answer.then(({ hresult, response: late }) => (hresultFailed(hresult) ? undefined : undoLate(late, undo))));
      }
      throw error;
    }
    return withId<Made>(readEnvelope(response, call), call);
  }

  async #delete(call: Call): Promise<void> {
    try {
      await this.#call(call);
    } catch (error) {
      if (!isHcsError(error, HCN.NETWORK_NOT_FOUND, HCN.ENDPOINT_NOT_FOUND)) throw error;
    }
  }

  async #call(call: Call): Promise<unknown> {
    return readEnvelope(await this.#inTime(this.#send(call), call), call);
  }

  #send({ method, path, document }: Call): ReturnType<RawNetwork["HNSCall"]> {
    return this.#raw.HNSCall(method, path, document === undefined ? "" : JSON.stringify(document));
  }

  async #inTime(answer: ReturnType<RawNetwork["HNSCall"]>, call: Call): Promise<string | null> {
    const error = () =>
      new DeadlineExceededError(
        `${call.op}: the host network service did not answer ${call.method} ${call.path} within ${this.#timeout / 1000} s`,
        {
          op: call.op,
          remedy: "Check that the host is not overloaded; restart the Host Network Service (hns) if every network is affected.",
          resource: call.resource,
        },
      );
    const { hresult, response } = await withDeadline(answer, { ms: this.#timeout, error, op: call.op });
    if (hresultFailed(hresult)) {
      throw hnsError({ op: call.op, hresult, text: undefined, resource: call.resource });
    }
    return response;
  }
}

/** @throws HcsError for an envelope that says failure; InternalError for a response that is no envelope */
function readEnvelope(response: string | null, { op, resource }: Call): unknown {
  const envelope = parse(response, op);
  if (envelope.Success === true) return envelope.Output;
  const text = typeof envelope.Error === "string" && envelope.Error !== "" ? envelope.Error : "no reason given";
  const hresult = typeof envelope.ErrorCode === "number" ? envelope.ErrorCode : undefined;
  throw hnsError({ op, hresult, text, resource });
}

function parse(
  response: string | null,
  op: string,
): { readonly Success?: unknown; readonly Error?: unknown; readonly ErrorCode?: unknown; readonly Output?: unknown } {
  try {
    const value: unknown = JSON.parse(response ?? "");
    if (typeof value === "object" && value !== null) return value;
  } catch (cause) {
    throw malformed(op, `it is no JSON: ${JSON.stringify((response ?? "").slice(0, 80))}`, cause);
  }
  throw malformed(op, "it is no envelope");
}

function withId<Found extends { readonly ID: string }>(output: unknown, { op }: Call): Found {
  if (!hasId(output)) throw malformed(op, "its Output has no ID");
  return output as Found;
}

function hasId(value: unknown): value is { readonly ID: string } {
  return typeof value === "object" && value !== null && "ID" in value && typeof value.ID === "string" && value.ID !== "";
}

async function undoLate(response: string | null, undo: (id: string) => Promise<void>): Promise<void> {
  const { Success, Output } = parse(response, "network.undo");
  if (Success === true && hasId(Output)) await undo(Output.ID);
}

function malformed(op: string, reason: string, cause?: unknown): InternalError {
  return new InternalError(`${op}: the response of the host network service cannot be read: ${reason}`, { op, cause });
}
