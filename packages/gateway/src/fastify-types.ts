import type {} from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Milliseconds within which the route answers; Infinity where its caller decides. @default readDeadline */
    deadline?: number;
  }

  interface FastifyRequest {
    /** The version of the API that the client speaks: `1.43` for `/v1.43/…`, the newest without. */
    apiVersion: string;
  }
}
