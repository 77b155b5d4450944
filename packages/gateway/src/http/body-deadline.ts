import type { IncomingMessage } from "node:http";
import { InvalidArgumentError } from "@oriel/contracts";
import type { GatewayApp } from "../gateway-app.ts";

/**
 * Sends 408 to a client that has not sent the whole body within `milliseconds`, and closes its connection. Routes that
 * take a body as a stream parse nothing, and are not concerned: see {@link limitSilence}.
 */
export function limitBodyTime(app: GatewayApp, milliseconds: number): void {
  const timers = new WeakMap<object, NodeJS.Timeout>();
  app.addHook("onRequest", async (request, reply) => {
    if (!hasBody(request.raw)) return;
    const timer = setTimeout(() => {
      if (reply.sent) return;
      const message = `the request's body did not arrive within ${milliseconds / 1000} seconds`;
      void (reply as { code(status: number): typeof reply })
        .code(408)
        .header("connection", "close")
        .send({ message } as never);
    }, milliseconds);
    timers.set(request, timer);
    reply.raw.once("close", () => clearTimeout(timer));
  });
  app.addHook("preValidation", async (request) => clearTimeout(timers.get(request)));
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** A body as it arrives, and whether its client fell silent. */
export interface LimitedBody extends AsyncIterable<Uint8Array> {
  readonly isSilent: boolean;
}

/**
 * Passes a streamed body on; a client that sends nothing for `milliseconds` while more is wanted from it ends it. What the
 * reader takes its time for does not count.
 */
export function limitSilence(source: AsyncIterable<Uint8Array>, milliseconds: number): LimitedBody {
  let isSilent = false;
  const next = async (iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> => {
    let timer: NodeJS.Timeout | undefined;
    let turn: NodeJS.Immediate | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      const end = (): void => {
        isSilent = true;
        reject(new InvalidArgumentError(`the client sent nothing for ${milliseconds / 1000} seconds`, { op: "gateway.body" }));
      };
      // Where this thread stood still the timer comes before what is there to be read.
      timer = setTimeout(() => {
        turn = setImmediate(end);
      }, milliseconds);
    });
    try {
      return await Promise.race([iterator.next(), silence]);
    } finally {
      clearTimeout(timer);
      clearImmediate(turn);
    }
  };
  return {
    get isSilent() {
      return isSilent;
    },
    async *[Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]();
      try {
        for (let step = await next(iterator); step.done !== true; step = await next(iterator)) yield step.value;
      } finally {
        // Not waited for: it waits for the piece that does not come.
        Promise.resolve(iterator.return?.()).catch(() => undefined);
      }
    },
  };
}
