import { DeadlineExceededError } from "@oriel/contracts";
import type { FastifyInstance, RouteOptions } from "fastify";

/** Milliseconds within which a request must be answered; what listing and inspecting read is in memory or on disk. */
const readDeadline = 60_000;

/** Of requests that work on the host: starting a container may wait minutes for the host compute service. */
export const changeDeadline = 15 * 60_000;

/**
 * Returns for a handler that does not within the route's deadline; its work goes on. Fastify's own `handlerTimeout`
 * (5.12) is no help for requests with a body: it stops counting as soon as the body has been read.
 */
export function keepDeadlines(app: Pick<FastifyInstance, "addHook">): void {
  app.addHook("onRoute", (route: RouteOptions) => {
    const milliseconds = route.config?.deadline ?? readDeadline;
    if (milliseconds === Number.POSITIVE_INFINITY) return;
    const { handler } = route;
    route.handler = async function (request, reply) {
      const work = Promise.resolve(handler.call(this, request, reply));
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
          // A stream has taken the answer over; it ends when it ends.
          if (reply.sent) return;
          const message = `the request was not finished within ${milliseconds / 1000} seconds; what it began may still go on`;
          reject(new DeadlineExceededError(message, { op: "gateway.request" }));
        }, milliseconds);
      });
      try {
        return await Promise.race([work, late]);
      } finally {
        clearTimeout(timer);
        work.catch(() => {});
      }
    };
  });
}
