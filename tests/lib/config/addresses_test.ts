import { assert, assertEquals } from "@std/assert";
import {
  canonicalAddress,
  dialled,
  hostPort,
  isIPAddress,
  isLoopback,
} from "../../../lib/config/addresses.ts";

Deno.test("isLoopback: knows the addresses that only this machine reaches", () => {
  for (const host of ["127.0.0.1", "127.8.0.1", "::1", "localhost"]) assert(isLoopback(host), host);
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.org", "localhost.example"]) {
    assert(!isLoopback(host), host);
  }
});

Deno.test("hostPort: puts IPv6 addresses into brackets", () => {
  assertEquals(hostPort("10.0.0.1", 104), "10.0.0.1:104");
  assertEquals(hostPort("::1", 104), "[::1]:104");
});

Deno.test("dialled: gives the loopback address of all addresses", () => {
  assertEquals(["0.0.0.0", "::", "10.0.0.1"].map(dialled), ["127.0.0.1", "::1", "10.0.0.1"]);
});

Deno.test("canonicalAddress: gives each address one form", () => {
  assertEquals(
    ["10.0.0.1", "0:0:0:0:0:0:0:1", "::ffff:10.0.0.1", "2001:DB8::0:1", "CT1.Example"].map(
      canonicalAddress,
    ),
    ["10.0.0.1", "::1", "10.0.0.1", "2001:db8::1", "ct1.example"],
  );
});

Deno.test("isIPAddress: tells addresses from names", () => {
  assertEquals(["10.0.0.1", "::1", "ct1", "10.example"].map(isIPAddress), [
    true,
    true,
    false,
    false,
  ]);
});
