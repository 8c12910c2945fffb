/** What proxies say, and what clients say in their place. @module */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseNetworks } from "../../../lib/config/networks.ts";
import { reachedURL } from "../../../server/http/base_url.ts";
import { forwardedOf, parseForwarded } from "../../../server/http/forwarded.ts";

const TRUSTED = parseNetworks("10.0.0.0/8, fd00::/8")!;
const PEER = "10.0.0.1";

/** The URL by which a request to `http://inner:8080` was reached, and the client's address. */
function reached(headers: HeadersInit, peer = PEER): [string, string | undefined] {
  const forwarded = forwardedOf(new Headers(headers), peer, TRUSTED);
  const request = new Request("http://inner:8080/dicomweb/studies?limit=1");
  const url = reachedURL(request, { publicURL: undefined, port: 8080, forwarded });
  return [url, forwarded?.client];
}

Deno.test("forwardedOf: reads Forwarded as RFC 7239 writes it", () => {
  const cases: readonly (readonly [header: string, url: string, client?: string])[] = [
    ["for=192.0.2.60;proto=https;host=pacs.example.org", "https://pacs.example.org", "192.0.2.60"],
    ['For="[2001:db8:cafe::17]:4711"; Proto=HTTPS', "https://inner:8080", "2001:db8:cafe::17"],
    ['for="_gazonk";host="pacs.example.org:8443"', "http://pacs.example.org:8443"],
    ["for=unknown ; proto=https ; by=203.0.113.43", "https://inner:8080"],
    ['host="\\p\\a\\c\\s:443";proto=https', "https://pacs"],
    ['host="[2001:DB8::1]:443";proto=http', "http://[2001:db8::1]:443"],
    ["for=192.0.2.9:1234;host=a.example", "http://a.example", "192.0.2.9"],
    // The last is of the proxy beside us; what is before it was there when the request came to that.
    [
      "for=198.51.100.1;host=evil.example, for=192.0.2.1;host=a.example",
      "http://a.example",
      "192.0.2.1",
    ],
    // Two trusted hops: the outer one saw the client's host, and only it says one.
    [
      "for=203.0.113.1;host=evil.example, for=192.0.2.1;host=a.example;proto=https, for=10.9.9.9;proto=http",
      "https://a.example",
      "192.0.2.1",
    ],
    ["for=192.0.2.1, for=10.9.9.9;host=b.example", "http://b.example", "192.0.2.1"],
    [", ,for=192.0.2.1;host=a.example,", "http://a.example", "192.0.2.1"],
    ["ext=1;host=a.example", "http://a.example"],
  ];
  for (const [forwarded, ...expected] of cases) {
    const [url, client] = reached({ forwarded });
    assertEquals([url, client], [expected[0], expected[1]], forwarded);
  }
});

Deno.test("forwardedOf: several headers are one list, and hops in IPv6 count as well", () => {
  const headers = new Headers({ forwarded: "for=192.0.2.1;host=a.example;proto=https" });
  headers.append("forwarded", 'for="[fd00::7]"');
  assertEquals(reached(headers, "::ffff:10.0.0.1"), ["https://a.example", "192.0.2.1"]);
});

Deno.test("forwardedOf: reads X-Forwarded-*, and the rightmost hop that is not trusted counts", () => {
  const cases: readonly (readonly [Record<string, string>, url: string, client?: string])[] = [
    [{ "x-forwarded-proto": "https" }, "https://inner:8080"],
    [
      {
        "x-forwarded-for": "192.0.2.1",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "a.example",
      },
      "https://a.example",
      "192.0.2.1",
    ],
    [
      { "x-forwarded-host": "a.example", "x-forwarded-port": "8443", "x-forwarded-proto": "https" },
      "https://a.example:8443",
    ],
    [
      { "x-forwarded-host": "a.example", "x-forwarded-port": "443", "x-forwarded-proto": "https" },
      "https://a.example",
    ],
    // The client's own port is in the host that it asked for.
    [{ "x-forwarded-host": "a.example:9000", "x-forwarded-port": "8443" }, "http://a.example:9000"],
    [
      { "x-forwarded-host": "a.example", "x-forwarded-prefix": "/imaging/pacs/" },
      "http://a.example/imaging/pacs",
    ],
    // Each hop took away its own.
    [
      { "x-forwarded-for": "192.0.2.1, 10.2.2.2", "x-forwarded-prefix": "/outer, /inner" },
      "http://inner:8080/outer/inner",
      "192.0.2.1",
    ],
    [
      {
        "x-forwarded-for": "198.51.100.1, 192.0.2.1",
        "x-forwarded-host": "evil.example, a.example",
        "x-forwarded-prefix": "/evil, /p",
      },
      "http://a.example/p",
      "192.0.2.1",
    ],
    [
      {
        "x-forwarded-for": "203.0.113.1, [2001:db8::1]:443, 10.3.3.3",
        "x-forwarded-proto": "http,https,http",
        "x-forwarded-host": "evil.example,a.example,b.example",
      },
      "https://a.example",
      "2001:db8::1",
    ],
    [
      { "x-forwarded-for": "10.1.1.1", "x-forwarded-proto": "https" },
      "https://inner:8080",
      "10.1.1.1",
    ],
    [
      { "x-forwarded-for": "unknown, garbage!", "x-forwarded-proto": "http, https" },
      "https://inner:8080",
    ],
    // A proxy that writes these passes on what a client writes into the other.
    [
      { "x-forwarded-proto": "https", "forwarded": "host=evil.example;proto=http" },
      "https://inner:8080",
    ],
  ];
  for (const [headers, ...expected] of cases) {
    const [url, client] = reached(headers);
    assertEquals([url, client], [expected[0], expected[1]], JSON.stringify(headers));
  }
});

Deno.test("forwardedOf: whoever is not trusted says nothing", () => {
  const headers = {
    "forwarded": "for=10.0.0.1;host=evil.example;proto=https",
    "x-forwarded-host": "evil.example",
    "x-forwarded-for": "10.0.0.1",
    "x-forwarded-prefix": "/evil",
  };
  for (const peer of ["192.0.2.1", "11.0.0.1", "::1", "127.0.0.1", "", "10.0.0.1.example"]) {
    assertEquals(reached(headers, peer), ["http://inner:8080", undefined], peer);
  }
  assertEquals(forwardedOf(new Headers(headers), PEER, []), undefined);
});

Deno.test("forwardedOf: what makes no sense is as if it were not there", () => {
  const own = "http://inner:8080";
  const hosts = [
    ...[
      "a b",
      "a/b",
      "a?b",
      "a#b",
      "user@a",
      "a:b",
      "a:99999",
      "a:80:80",
      "[::1",
      "::1",
      "[zz]",
      "-",
    ],
    ...["a\\b", "<script>", "a%00", ".", "ä.example", "1.2.3.4.5", "x".repeat(300)],
  ];
  for (const host of hosts) {
    // What cannot be in a header cannot come.
    const isHeader = /^[\x20-\xff]*$/.test(host);
    if (isHeader) assertEquals(reached({ "x-forwarded-host": host })[0], own, host);
    if (isHeader) {
      const forwarded = `host="${host.replace(/["\\]/g, "\\$&")}"`;
      assertEquals(reached({ forwarded })[0], own, forwarded);
    }
  }
  for (const proto of ["ftp", "https:", "javascript", "https ;x", "", "http/1.1"]) {
    assertEquals(reached({ "x-forwarded-proto": proto })[0], own, proto);
  }
  for (const port of ["0", "65536", "-1", "8 0", "8080a", "0x50", "1e3"]) {
    const headers = { "x-forwarded-host": "a.example", "x-forwarded-port": port };
    assertEquals(reached(headers)[0], "http://a.example", port);
  }
  for (
    const prefix of [
      ...["evil", "//evil.example", "/a//b", "/..", "/a/../b", "/.", "/%2e%2E/a", "/a/%2e", "/a?b"],
      ...["/a#b", "/a b", "/<b>", '/"', "/\\evil", "/%", "/%zz", "/", "//", `/${"x".repeat(300)}`],
    ]
  ) assertEquals(reached({ "x-forwarded-prefix": prefix })[0], own, prefix);
});

Deno.test("parseForwarded: what is malformed anywhere is left out as a whole", () => {
  for (
    const text of [
      // A client leaves a quote open, for the proxy's words to end up inside.
      'host="evil, for=192.0.2.1;host=a.example',
      'host="evil, for="[2001:db8::1]";host="a.example"',
      ...[
        "host",
        "host=",
        "=a",
        "host=a;",
        "host=a;;proto=https",
        "host=a b",
        'host="a"b',
        ";host=a",
      ],
      ...[
        "host=a;host=b",
        "host=a;HOST=b",
        "host =a",
        "host= a",
        'host="a',
        "host=a\\",
        "host=(a)",
      ],
    ]
  ) assertEquals(parseForwarded(text), undefined, text);
  for (const text of ["", ",", " , "]) assertEquals(parseForwarded(text), [], text);
});

Deno.test("forwardedOf: whatever comes, the URL is one of a web server", () => {
  const part = fc.oneof(
    fc.constantFrom("for=", "host=", "proto=", '"', "\\", ",", ";", "[", "]", ":", "https", "a.b"),
    fc.constantFrom("/", "..", "%2e", "10.0.0.2", " ", "\t", "443", "=", "_x", "unknown"),
    fc.string({ maxLength: 3 }).map((text) => text.replace(/[^\x20-\x7e]/g, "")),
  );
  const value = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(""));
  const names = [
    "forwarded",
    ...["for", "proto", "host", "port", "prefix"].map((each) => `x-forwarded-${each}`),
  ];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (headers) => {
      const [url] = reached(headers);
      const parsed = new URL(url);
      assert(/^https?:$/.test(parsed.protocol), url);
      assertEquals(parsed.href.replace(/\/$/, ""), url, "it is normal, without a slash at its end");
      assertEquals(parsed.username + parsed.search + parsed.hash, "");
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("forwardedOf: a long header takes no longer than it has to", () => {
  const begun = performance.now();
  for (const piece of ["/a", "a.", ",", "for=a,", 'for="', "[", "a;", "%2e", "10.0.0.1,"]) {
    const text = piece.repeat(60_000 / piece.length);
    reached({ "x-forwarded-prefix": text, "x-forwarded-host": text, "x-forwarded-for": text });
    reached({ forwarded: text });
  }
  assert(performance.now() - begun < 2_000);
});
