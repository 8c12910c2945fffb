import { assertEquals } from "@std/assert";
import { coreUrl } from "../../server/start.ts";

Deno.test("coreUrl: leads from this machine to the archive of the called title", () => {
  assertEquals(coreUrl("http://127.0.0.1:8080"), "http://127.0.0.1:8080/aets/{AE}/rs");
  assertEquals(coreUrl("http://0.0.0.0:8042"), "http://127.0.0.1:8042/aets/{AE}/rs");
  assertEquals(coreUrl("http://[::]:8042"), "http://[::1]:8042/aets/{AE}/rs");
  assertEquals(coreUrl("http://pacs.example.org:80"), "http://pacs.example.org:80/aets/{AE}/rs");
});
