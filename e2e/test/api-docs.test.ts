import { Validator } from "@seriousme/openapi-schema-validator";
import { chromium as browserType } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDaemon, type TestDaemon } from "../src/daemon.ts";
import { chromium } from "../src/host.ts";

const port = 23751;
const address = `http://127.0.0.1:${port}`;
const executablePath = chromium();

describe("the gateway's description of itself", () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startDaemon({ words: ["--host", `tcp://127.0.0.1:${port}`] });
  });

  afterAll(() => daemon.dispose());

  it("is a valid OpenAPI 3.1 document", async () => {
    const document = (await (await fetch(`${address}/openapi.json`)).json()) as Record<string, unknown>;
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(await new Validator().validate(document)).toEqual({ valid: true });
  });

  it.skipIf(executablePath === undefined)(
    `is shown in a browser, from this machine alone${executablePath ? "" : " (skipped: Chromium is not installed)"}`,
    async () => {
      const browser = await browserType.launch({
        executablePath: executablePath ?? "",
        args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
      });
      try {
        const page = await browser.newPage();
        const failures: string[] = [];
        const elsewhere: string[] = [];
        page.on("pageerror", (error) => failures.push(error.message));
        page.on("request", (request) => {
          const { protocol, host } = new URL(request.url());
          if (protocol.startsWith("http") && host !== `127.0.0.1:${port}`) elsewhere.push(request.url());
        });
        await page.goto(`${address}/docs`);
        await page.getByText("/containers/create", { exact: true }).first().waitFor();
        const shown = await page.locator(".opblock").count();
        const document = (await (await fetch(`${address}/openapi.json`)).json()) as { paths: Record<string, Record<string, unknown>> };
        const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods));
        expect({ shown, failures, elsewhere }).toEqual({ shown: operations.length, failures: [], elsewhere: [] });
      } finally {
        await browser.close();
      }
    },
  );
});
