export { windowsFilterPlugin } from "./plugin.ts";
export { WindowsFilterDriver, type WindowsFilterDriverOptions } from "./windows-filter-driver.ts";
