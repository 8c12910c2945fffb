/** Blocks of addresses. @module */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { isWithin, parseNetworks } from "../../../lib/config/networks.ts";

function within(list: string, address: string): boolean {
  const networks = parseNetworks(list);
  assert(networks !== undefined, list);
  return isWithin(networks, address);
}

Deno.test("isWithin: an address is in its block and not beside it", () => {
  const cases: readonly (readonly [list: string, address: string, expected: boolean])[] = [
    ["10.1.2.3", "10.1.2.3", true],
    ["10.1.2.3", "10.1.2.4", false],
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["172.16.0.0/12", "172.31.255.255", true],
    ["172.16.0.0/12", "172.32.0.0", false],
    ["10.1.2.128/25", "10.1.2.127", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "2001:db8::1", true],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::", false],
    ["2001:db8:0:0::/63", "2001:DB8:0:1::5", true],
    ["2001:db8:0:0::/63", "2001:db8:0:2::5", false],
    ["::1", "0:0:0:0:0:0:0:1", true],
    // A socket of both families reports IPv4 so.
    ["10.0.0.0/8", "::ffff:10.1.2.3", true],
    ["10.0.0.0/8", "::ffff:a01:203", true],
    ["::ffff:10.0.0.0/104", "10.9.9.9", true],
    ["loopback", "127.9.9.9", true],
    ["loopback", "::1", true],
    ["loopback", "10.0.0.1", false],
    ["private", "fd12::9", true],
    ["private", "192.168.1.1", true],
    ["private", "127.0.0.1", false],
    ["192.0.2.1, loopback ,fd00:1::/32", "fd00:1::7", true],
    ["", "127.0.0.1", false],
  ];
  for (const [list, address, expected] of cases) {
    assertEquals(within(list, address), expected, `${address} in ${list}`);
  }
});

Deno.test("isWithin: what is no address is in no block", () => {
  const everything = "0.0.0.0/0,::/0";
  for (
    const text of [
      ...["", "unknown", "_hidden", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "0x7f.0.0.1"],
      ...["127.1", "[::1]", "::1%eth0", ":::", "1::2::3", "12345::", "::1/64", "1:2:3:4:5:6:7:8:9"],
      ...["127.0.0.1:80", " 127.0.0.1", "127.0.0.1\n", "::1 ", "a:b", "::ffff:1.2.3.999"],
    ]
  ) assertEquals(within(everything, text), false, text);
});

Deno.test("parseNetworks: a list with a slip in it is none", () => {
  for (
    const text of [
      ...[
        "10.0.0.0/33",
        "10.0.0.1/8",
        "::1/129",
        "::1/127",
        "fd00::1/8",
        "10.0.0.0/",
        "10.0.0.0/-1",
      ],
      ...["10.0.0.0/8/8", "proxy.example.org", "10.0.0.0/8 192.168.0.0/16", "*", "Loopback", "/8"],
      ...["10.0.0.0/08x", "300.0.0.0/8", "constructor"],
    ]
  ) assertEquals(parseNetworks(text), undefined, text);
});

Deno.test("isWithin: a block holds the addresses whose first bits are its own, and no others", () => {
  const ipv4 = fc.integer({ min: 0, max: 0xffff_ffff });
  const text = (address: number) =>
    [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
  fc.assert(fc.property(ipv4, ipv4, fc.integer({ min: 0, max: 32 }), (a, b, bits) => {
    const mask = bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
    const first = (a & mask) >>> 0;
    const expected = first === ((b & mask) >>> 0);
    assertEquals(within(`${text(first)}/${bits}`, text(b)), expected);
    assert(within(`${text(first)}/${bits}`, text(a)));
  }));
});
