import { expect, it } from "vitest";
import { howToInstall } from "../lib/system-packages.mjs";

const missing = ["wine64", "bubblewrap"];

it.skipIf(process.platform === "darwin").each([
  ["debian", "apt-get install --no-install-recommends wine64 bubblewrap"],
  ["ubuntu debian", "apt-get install --no-install-recommends wine64 bubblewrap"],
  ["fedora", "dnf install wine-core bubblewrap"],
  ["arch", "pacman -S wine bubblewrap"],
  ["opensuse-leap suse opensuse", "zypper install wine bubblewrap"],
  ["alpine", "apk add wine bubblewrap"],
])("what containers need is installed on %s by '%s'", (family, command) => {
  expect(howToInstall(missing, family).replace(/^sudo /, "")).toBe(command);
});

it.skipIf(process.platform === "darwin")("what is missing alone is named alone, and on an unknown system by its name", () => {
  expect(howToInstall(["bubblewrap"], "arch")).toMatch(/pacman -S bubblewrap$/);
  expect(howToInstall(["iproute2", "nftables"], "fedora")).toMatch(/dnf install iproute nftables$/);
  expect(howToInstall(["iproute2", "nftables"], "debian")).toMatch(/ iproute2 nftables$/);
  expect(howToInstall(["bubblewrap"], "")).toBe("install bubblewrap with your system's package manager");
});
