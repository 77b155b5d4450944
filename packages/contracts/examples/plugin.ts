import { definePlugin, InvalidArgumentError, loggerToken, serviceToken } from "@oriel/contracts";

interface Greeter {
  greet(name: string): string;
}

export const greeterToken = serviceToken<Greeter>("example.greeter");

export const plugin = definePlugin({
  id: "example.greeter",
  provides: { greeter: greeterToken },
  deps: { logger: loggerToken },
  create: ({ logger }, config) => ({
    greeter: {
      greet(name) {
        if (name === "") throw new InvalidArgumentError("a greeting needs a name", { op: "greeter.greet" });
        logger.info({ name }, "somebody is greeted");
        return `hello, ${name}, from ${config.root}`;
      },
    },
  }),
});
