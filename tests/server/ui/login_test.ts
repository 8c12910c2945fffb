/** The login, and what its cookie opens, to whom. @module */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type ComposedServer, withComposed } from "../../support/composed_server.ts";

const OWN = "http://localhost:8080";
const STRANGER = "https://stranger.example";
const VIEWER = "https://viewer.example";
const BROWSER = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

type Fetch = ComposedServer["fetch"];

async function logIn(fetch: Fetch, key: string, more: RequestInit = {}): Promise<Response> {
  const body = new URLSearchParams({ key });
  return await fetch("/login", { method: "POST", body, headers: { Origin: OWN }, ...more });
}

/** What a browser sends back of a Set-Cookie. */
function cookieOf(response: Response): string {
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

async function status(response: Response | Promise<Response>): Promise<number> {
  const { status, body } = await response;
  await body?.cancel();
  return status;
}

Deno.test("login: a key that is valid is kept where no script reads it, and what was asked for follows", async () => {
  await withComposed(async ({ fetch, keys }) => {
    const { key } = await keys.create("desk", ["read"]);
    const form = await fetch("/login?next=api", { headers: BROWSER });
    assertEquals([form.status, form.headers.get("cache-control")], [200, "no-store"]);
    const page = await form.text();
    assertMatch(page, /<form method="post" action="login">/);
    assertMatch(page, /<label for="key">/);
    assertMatch(page, /id="key" name="key" type="password"[^>]* autocomplete="current-password"/);
    assertMatch(page, /name="next" value="\.\/api"/);
    assert(!page.includes("<script") && !page.includes("<nav"), page);

    const body = new URLSearchParams({ key: ` ${key}\n`, next: "./api" });
    const answer = await fetch("/login", { method: "POST", body, headers: { Origin: OWN } });
    assertEquals([answer.status, answer.headers.get("location")], [303, "./api"]);
    assertEquals(
      answer.headers.get("set-cookie"),
      `gantry_key=${key}; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200`,
    );
    const opened = await fetch("/api", { headers: { ...BROWSER, Cookie: cookieOf(answer) } });
    assertEquals(opened.status, 200);
    assertEquals(opened.headers.get("cache-control"), "private, no-store");
    assertMatch(await opened.text(), /<form method="post" action="\.\/logout">/);
  });
});

Deno.test("login: a wrong key is told to be wrong, and nothing more", async () => {
  await withComposed(async ({ fetch, keys }) => {
    const { key, id } = await keys.create("desk", ["read"]);
    const pages = new Set<string>();
    const wrong = [
      ...["", "x", `${key}x`, key.slice(0, -1), `gantry_${id}_${"a".repeat(33)}`, `${key};x=y`],
      ...["\r\nSet-Cookie: a=b", `gantry_zzzzzzzz_${"a".repeat(33)}`, "<script>alert(1)</script>"],
    ];
    for (const each of wrong) {
      const answer = await logIn(fetch, each);
      assertEquals([answer.status, answer.headers.get("set-cookie")], [401, null], each);
      assertEquals(answer.headers.get("www-authenticate"), 'Bearer realm="gantry"');
      pages.add(await answer.text());
    }
    // Not even what was typed comes back.
    assertEquals(pages.size, 1);
    assertMatch([...pages][0]!, /aria-invalid="true" aria-describedby="problem about-key"/);
    assertMatch([...pages][0]!, /<p id="problem" role="alert">This key is not valid/);
    const large = await logIn(fetch, "x".repeat(100_000));
    assertEquals(await status(large), 413);
  });
});

Deno.test("login: leads nowhere but to pages of this server", async () => {
  await withComposed(async ({ fetch, keys }) => {
    const { key } = await keys.create("desk", ["read"]);
    const hostile = [
      ...[
        "https://evil.example/",
        "//evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "/\t/evil",
      ],
      ...[
        "https:evil.example",
        "http:/evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "\0",
      ],
      ...[
        "/.//evil.example",
        ".//evil.example",
        "./..//evil.example",
        "//evil.example/..",
        "@evil.example",
      ],
      ...["\thttps://evil.example", "ht\ntps://evil.example", "///evil.example", "?//evil.example"],
      ...[
        "http://root.invalid//evil.example",
        "//user@root.invalid/",
        "http://[",
        "x".repeat(9000),
      ],
    ];
    for (const next of hostile) {
      const body = new URLSearchParams({ key, next });
      const answer = await fetch("/login", { method: "POST", body, headers: { Origin: OWN } });
      const location = answer.headers.get("location") ?? "";
      assert(location.startsWith("./"), `${JSON.stringify(next)} leads to ${location}`);
      assertEquals(new URL(location, `${OWN}/login`).origin, OWN, next);
      assertEquals(new URL(location, `${OWN}/pacs/login`).origin, OWN, next);
    }
    for (
      const next of [
        "./?q=a%20b&sort=name",
        "./viewer?StudyInstanceUIDs=1.2.3",
        "./conformance#web",
      ]
    ) {
      const body = new URLSearchParams({ key, next });
      const answer = await fetch("/login", { method: "POST", body, headers: { Origin: OWN } });
      assertEquals(answer.headers.get("location"), next);
    }
  });
});

Deno.test("login: where no key is needed none is asked for", async () => {
  await withComposed(async ({ fetch }) => {
    const answer = await fetch("/login?next=api", { headers: BROWSER });
    assertEquals([answer.status, answer.headers.get("location")], [303, "./api"]);
    const sent = await logIn(fetch, "anything");
    assertEquals([sent.status, sent.headers.get("set-cookie")], [303, null]);
  });
});

Deno.test("login: behind https the cookie is one that nothing unencrypted can set or see", async () => {
  await withComposed(async ({ fetch, keys }) => {
    const { key } = await keys.create("desk", ["read"]);
    const answer = await logIn(fetch, key, { headers: { Origin: "https://pacs.example.org" } });
    assertEquals(
      answer.headers.get("set-cookie"),
      `__Host-gantry_key=${key}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=43200`,
    );
    const read = (Cookie: string) => status(fetch("/dicomweb/studies", { headers: { Cookie } }));
    assertEquals(await read(`a=b; __Host-gantry_key=${key}; c=d`), 200);
    assertEquals(await read(`gantry_key=${key}`), 401);
    assertEquals(await read(`x__Host-gantry_key=${key}`), 401);
    // A browser keeps no such cookie where it came without encryption, but on its own machine.
    const plain = await logIn(fetch, key, {
      headers: { "Sec-Fetch-Site": "same-origin", Origin: "http://10.0.0.5:8080" },
    });
    assertEquals([plain.status, plain.headers.get("set-cookie")], [401, null]);
    assertMatch(
      await plain.text(),
      /would not keep the key: open https:\/\/pacs\.example\.org\/pacs\//,
    );
    assertEquals(await status(logIn(fetch, key)), 303);
  }, { GANTRY_PUBLIC_URL: "https://pacs.example.org/pacs" });
});

Deno.test("login: a key that was revoked leads back to it, and logging out ends it", async () => {
  await withComposed(async ({ fetch, keys }) => {
    const { key, id } = await keys.create("desk", ["read"]);
    const Cookie = cookieOf(await logIn(fetch, key));
    const out = await fetch("/logout", { method: "POST", headers: { Cookie, Origin: OWN } });
    assertEquals([out.status, out.headers.get("location")], [303, "./login"]);
    assertMatch(out.headers.get("set-cookie") ?? "", /^gantry_key=; Path=\/; .*Max-Age=0$/);
    assertEquals(out.headers.get("clear-site-data"), '"cache"');
    assertEquals(await status(fetch("/logout", { headers: { ...BROWSER, Cookie } })), 405);

    await keys.revoke(id);
    await keys.create("other", ["read"]);
    // What was revoked is believed for a second at most; a new server has no belief yet.
    let page = await fetch("/", { headers: { ...BROWSER, Cookie } });
    while (page.status === 200) {
      await page.body?.cancel();
      page = await fetch("/", { headers: { ...BROWSER, Cookie } });
    }
    assertEquals([page.status, page.headers.get("location")], [303, "./login"]);
    const form = await fetch("/login", { headers: { ...BROWSER, Cookie } });
    assertEquals(form.status, 200);
    assertMatch(await form.text(), /key is not valid any more/);
  });
});

/** Headers that a browser adds for a page, as a script of that cannot. */
function from(origin: string, site: string, more: HeadersInit = {}): HeadersInit {
  return { Origin: origin, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "cors", ...more };
}

Deno.test("cookie: speaks for our pages, and for nobody else's, whatever may be read by everyone", async () => {
  for (const origins of ["*", `*,${VIEWER}`, VIEWER]) {
    await withComposed(async ({ fetch, keys }) => {
      const { key } = await keys.create("desk", ["read", "write", "delete"]);
      const Cookie = cookieOf(await logIn(fetch, key));
      const send = (method: string, headers: HeadersInit, path = "/dicomweb/studies/1.2.3") =>
        status(fetch(path, { method, headers: { Cookie, ...headers } }));
      const read = (headers: HeadersInit) => send("GET", headers, "/dicomweb/studies");

      assertEquals(await read({}), 200);
      assertEquals(await read({ "Sec-Fetch-Site": "same-origin" }), 200);
      assertEquals(await send("DELETE", from(OWN, "same-origin")), 404);
      // Over plain HTTP browsers tell no more than this.
      assertEquals(await send("DELETE", { Origin: OWN }), 404);
      assertEquals(await read(from(VIEWER, "cross-site")), origins.includes(VIEWER) ? 200 : 401);

      for (const site of ["same-site", "cross-site"]) {
        for (const origin of [STRANGER, "null", "http://localhost:9090", OWN]) {
          const expected = origins.includes("*") ? 401 : 403;
          assertEquals(await read(from(origin, site)), 401, `${origin} ${site}`);
          assertEquals(await send("DELETE", from(origin, site)), expected, `${origin} ${site}`);
          assertEquals(await send("POST", from(origin, site), "/dicomweb/studies"), expected);
          const undo = "/dicomweb/studies/1.2.3/undelete";
          assertEquals(await send("POST", from(origin, site), undo), expected);
        }
        // An image, a script or a frame of another page.
        assertEquals(await read({ "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors" }), 401);
        const frame = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe" };
        assertEquals(await read({ "Sec-Fetch-Site": site, ...frame }), 401);
        // A link that a person follows.
        const visit = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
        assertEquals(await read({ "Sec-Fetch-Site": site, ...visit }), 200);
      }
      assertEquals(await read({ Origin: STRANGER }), 401);
      // No browser: those send Authorization.
      assertEquals(await send("DELETE", {}), 401);
      assertEquals(await send("DELETE", { Authorization: `Bearer ${key}` }), 404);
    }, { GANTRY_CORS_ORIGINS: origins });
  }
});

Deno.test("cookie: Authorization counts before it", async () => {
  await withComposed(async ({ fetch, keys }) => {
    const reader = await keys.create("desk", ["read"]);
    const writer = await keys.create("script", ["write"]);
    const Cookie = cookieOf(await logIn(fetch, reader.key));
    const read = (Authorization: string) =>
      status(fetch("/dicomweb/studies", { headers: { Cookie, Authorization } }));
    assertEquals(await read(`Bearer ${writer.key}`), 403);
    assertEquals(await read("Bearer nonsense"), 401);
    assertEquals(await read(""), 200);
  });
});

Deno.test("login: no other origin's page logs a browser in or out", async () => {
  await withComposed(async ({ fetch, keys }) => {
    const { key } = await keys.create("desk", ["read"]);
    for (
      const headers of [{ Origin: STRANGER }, from(OWN, "cross-site"), from(VIEWER, "same-site")]
    ) {
      assertEquals(await status(logIn(fetch, key, { headers })), 403);
      assertEquals(await status(fetch("/logout", { method: "POST", headers })), 403);
    }
  }, { GANTRY_CORS_ORIGINS: "*" });
});

Deno.test("pages: what a key does not allow is not offered", async () => {
  await withComposed(async ({ fetch, keys }) => {
    const { key } = await keys.create("desk", ["read"]);
    const Cookie = cookieOf(await logIn(fetch, key));
    const page = await (await fetch("/", { headers: { ...BROWSER, Cookie } })).text();
    assert(!page.includes("Add folder") && page.includes("one with the scope write"), page);
    assert(page.includes("Authorization: Bearer KEY"));
    const headers = { Cookie, ...from(OWN, "same-origin") };
    const refused = await fetch("/dicomweb/studies/1.2.3", { method: "DELETE", headers });
    assertEquals(refused.status, 403);
    assertEquals(
      (await refused.json()).detail,
      "The API key does not allow this; it needs the scope delete.",
    );
  });
});

Deno.test("viewer: its page wants a key, unless its URL brings one; its files need none", async () => {
  await withComposed(async ({ fetch, keys }) => {
    const { key } = await keys.create("desk", ["read"]);
    const get = async (path: string, headers: HeadersInit = BROWSER) => {
      const { status, headers: { location = null } } = await fetch(path, { headers }).then((
        each,
      ) => ({
        status: each.status,
        headers: { location: each.headers.get("location") },
      }));
      return [status, location];
    };
    assertEquals(await get("/viewer?StudyInstanceUIDs=1.2"), [
      303,
      "./login?next=viewer%3FStudyInstanceUIDs%3D1.2",
    ]);
    assertEquals((await get("/viewer?StudyInstanceUIDs=1.2", {}))[0], 401);
    assertEquals(await get("/viewer?StudyInstanceUIDs=1.2&token=KEY"), [200, null]);
    assertEquals(await get("/viewer", { Cookie: `gantry_key=${key}` }), [200, null]);
    assertEquals(await get("/viewer/app-config.js"), [200, null]);
    // The way out of it is none.
    assertEquals((await get("/viewer/../dicomweb/studies?token=KEY", {}))[0], 401);
    assertEquals((await get("/dicomweb/studies?token=KEY", {}))[0], 401);
  });
});
