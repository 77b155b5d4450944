import { mergeConfig, type Plugin, parseConfig, serviceToken, startServices } from "@oriel/core";

interface Greeter {
  greet(name: string): string;
}

const greeterToken = serviceToken<Greeter>("example.greeter");
const bannerToken = serviceToken<string>("example.banner");

const bannerPlugin: Plugin = {
  id: "example.banner",
  provides: [bannerToken],
  requires: [greeterToken],
  register(services, config) {
    services.provide(bannerToken, () => services.resolve(greeterToken).greet(config.runtime));
  },
};

const greeterPlugin: Plugin = {
  id: "example.greeter",
  provides: [greeterToken],
  requires: [],
  register(services) {
    services.provide(greeterToken, () => ({ greet: (name) => `hello, ${name} runtime` }));
  },
};

const file = parseConfig('runtime = "containerd"', "oriel.toml");
await using services = await startServices([bannerPlugin, greeterPlugin], mergeConfig([file], "linux"));

export const banner = services.resolve(bannerToken); // hello, containerd runtime
