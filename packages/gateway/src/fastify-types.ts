import type {} from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The request takes as long as its caller wants; every other one has a deadline. */
    unbounded?: boolean;
  }

  interface FastifyRequest {
    /** The version of the API that the client speaks: `1.43` for `/v1.43/…`, the newest without. */
    apiVersion: string;
  }
}
