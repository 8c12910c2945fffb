import { assertEquals, assertExists, assertRejects, assertThrows } from "@std/assert";
import type { ByteStream } from "../../../bridge/net/byte_stream.ts";
import {
  MAX_PROXY_HEADER_BYTES,
  parseProxyHeader,
  ProxyHeaderError,
  withoutProxyHeader,
} from "../../../bridge/net/proxy_protocol.ts";
import { chance } from "../../support/chance.ts";
import { big, text } from "../../support/dimse_bytes.ts";
import { concat } from "../../support/part10_builder.ts";
import { pipe } from "../../support/pipe.ts";

const SIGNATURE = text("\r\n\r\n\0\r\nQUIT\n");

/** A header of version 2; `more` comes after the addresses. */
function v2(command: number, family: number, addresses: Uint8Array, more = new Uint8Array(0)) {
  const rest = concat([addresses, more]);
  return concat([SIGNATURE, Uint8Array.of(0x20 | command, family), big(rest.length, 2), rest]);
}

const IPV4 = concat([Uint8Array.of(10, 0, 0, 5, 10, 0, 0, 1), big(51_000, 2), big(11_112, 2)]);
const IPV6 = concat([
  ...[0x2001, 0xdb8, 0, 0, 0, 0, 0, 5].map((word) => big(word, 2)),
  new Uint8Array(16),
  big(51_000, 2),
  big(11_112, 2),
]);

/** Headers with the caller that each one names. */
const HEADERS: readonly [string, Uint8Array, string | undefined][] = [
  ["version 1, IPv4", text("PROXY TCP4 10.0.0.5 10.0.0.1 51000 11112\r\n"), "10.0.0.5"],
  ["version 1, IPv6", text("PROXY TCP6 2001:DB8::5 ::1 51000 11112\r\n"), "2001:db8::5"],
  ["version 1, IPv4 in IPv6", text("PROXY TCP6 ::ffff:10.0.0.5 ::1 51000 1\r\n"), "10.0.0.5"],
  ["version 1, unknown", text("PROXY UNKNOWN\r\n"), undefined],
  ["version 2, IPv4", v2(1, 0x11, IPV4), "10.0.0.5"],
  ["version 2, IPv6", v2(1, 0x21, IPV6), "2001:db8::5"],
  ["version 2, more values", v2(1, 0x11, IPV4, new Uint8Array(500)), "10.0.0.5"],
  ["version 2, local", v2(0, 0, new Uint8Array(0)), undefined],
  ["version 2, a socket of the system", v2(1, 0x31, new Uint8Array(216)), undefined],
];

for (const [name, header, address] of HEADERS) {
  Deno.test(`parseProxyHeader: reads ${name}, however much of it is there`, () => {
    const caller = address === undefined ? undefined : { address, port: 51_000 };
    for (let length = 0; length < header.length; length++) {
      assertEquals(parseProxyHeader(header.subarray(0, length)), undefined);
    }
    const followed = concat([header, Uint8Array.of(1, 0, 0, 0)]);
    assertEquals(parseProxyHeader(followed), { length: header.length, caller });
  });
}

/** What is no header. */
const OTHERS: readonly [string, Uint8Array][] = [
  ["an A-ASSOCIATE-RQ", Uint8Array.of(1, 0, 0, 0, 1, 0)],
  ["HTTP", text("GET / HTTP/1.1\r\n\r\n")],
  ["a header without end", text(`PROXY TCP4 ${"1".repeat(200)}`)],
  ["a header of another family", text("PROXY UDP4 10.0.0.5 10.0.0.1 51000 11112\r\n")],
  ["a name for an address", text("PROXY TCP4 example.org 10.0.0.1 51000 11112\r\n")],
  ["no port", text("PROXY TCP4 10.0.0.5 10.0.0.1\r\n")],
  ["a port that is none", text("PROXY TCP4 10.0.0.5 10.0.0.1 99999 11112\r\n")],
  ["an address that is none", text("PROXY TCP4 10.0.0.555 10.0.0.1 51000 11112\r\n")],
  ["another version", concat([SIGNATURE, Uint8Array.of(0x31, 0x11), big(12, 2), IPV4])],
  ["another command", concat([SIGNATURE, Uint8Array.of(0x22, 0x11), big(12, 2), IPV4])],
  ["addresses that are cut off", v2(1, 0x11, IPV4.subarray(0, 8))],
  ["more than a header has", v2(1, 0x11, new Uint8Array(MAX_PROXY_HEADER_BYTES))],
];

for (const [name, bytes] of OTHERS) {
  Deno.test(`parseProxyHeader: refuses ${name}`, () => {
    assertThrows(() => parseProxyHeader(bytes), ProxyHeaderError);
  });
}

Deno.test("parseProxyHeader: throws nothing but ProxyHeaderError, whatever comes", () => {
  const { below, pick, bytes } = chance(7);
  for (let round = 0; round < 20_000; round++) {
    const [, header] = HEADERS[below(HEADERS.length)]!;
    const changed = concat([header, bytes(below(20))]);
    changed[below(changed.length)] = pick([0, 0xff, below(256)]);
    try {
      const parsed = parseProxyHeader(changed);
      if (parsed !== undefined) assertEquals(parsed.length <= changed.length, true);
    } catch (error) {
      if (!(error instanceof ProxyHeaderError)) throw error;
    }
  }
});

async function readAll(stream: ByteStream): Promise<string> {
  const buffer = new Uint8Array(3);
  let found = "";
  for (let length; (length = await stream.read(buffer)) !== null;) {
    found += String.fromCharCode(...buffer.subarray(0, length));
  }
  return found;
}

Deno.test("withoutProxyHeader: gives what follows the header, and the caller's address", async () => {
  for (const bytesPerRead of [1, 7, 1000]) {
    for (const [, header, address] of HEADERS) {
      const [proxy, end] = pipe({ bytesPerRead });
      await proxy.write(concat([header, text("what follows")]));
      proxy.closeWrite();
      const stream = await withoutProxyHeader(end, 1000);
      assertExists(stream);
      assertEquals(stream.remote.address, address ?? "127.0.0.1");
      assertEquals(await readAll(stream), "what follows");
    }
  }
});

Deno.test("withoutProxyHeader: does not wait for ever", async () => {
  const [proxy, end] = pipe();
  await proxy.write(text("PROXY TCP4 10.0"));
  await assertRejects(() => withoutProxyHeader(end, 20));
  assertEquals(end.isClosed, true);
});

Deno.test("withoutProxyHeader: fails where the connection ends first", async () => {
  const [proxy, end] = pipe();
  await proxy.write(text("PROXY TCP4 10.0"));
  proxy.closeWrite();
  await assertRejects(() => withoutProxyHeader(end, 1000), ProxyHeaderError);
});

Deno.test("withoutProxyHeader: takes a connection without a byte for a look whether it is there", async () => {
  const [proxy, end] = pipe();
  proxy.closeWrite();
  assertEquals(await withoutProxyHeader(end, 1000), undefined);
});
