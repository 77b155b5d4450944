import { definePlugin, serviceToken } from "@oriel/contracts";
import { mergeConfig, parseConfig, startServices } from "@oriel/kernel";

interface Greeter {
  greet(name: string): string;
}

const greeterToken = serviceToken<Greeter>("example.greeter");
const bannerToken = serviceToken<string>("example.banner");

const bannerPlugin = definePlugin({
  id: "example.banner",
  provides: { banner: bannerToken },
  deps: { greeter: greeterToken },
  create: ({ greeter }, config) => ({ banner: greeter.greet(config.runtime) }),
});

const greeterPlugin = definePlugin({
  id: "example.greeter",
  provides: { greeter: greeterToken },
  deps: {},
  create: () => ({ greeter: { greet: (name) => `hello, ${name} runtime` } }),
});

const file = parseConfig('runtime = "containerd"', "oriel.toml");
await using services = await startServices([bannerPlugin, greeterPlugin], mergeConfig([file], "linux"));

export const banner = services.resolve(bannerToken); // hello, containerd runtime
