import { imageStoreContract } from "@oriel/testkit";
import { createLocalStore } from "./local-store.ts";

imageStoreContract("local", createLocalStore);
