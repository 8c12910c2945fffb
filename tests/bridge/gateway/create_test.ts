import { assert, assertEquals } from "@std/assert";
import { createGateways } from "../../../bridge/gateway/create.ts";

const TITLES = { coreToken: "secret", aet: "GANTRY", archiveTitles: ["GANTRY", "R 2"] };

/** Runs a test with the origin of a server that has nothing, and what it is asked. */
async function withServer(
  run: (origin: string, asked: readonly string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    asked.push(`${new URL(request.url).pathname} ${request.headers.get("authorization")}`);
    return Response.json([]);
  });
  try {
    await run(`http://127.0.0.1:${server.addr.port}`, asked);
  } finally {
    await server.shutdown();
  }
}

Deno.test("createGateways: each called title has its archive's URL, and the token", () =>
  withServer(async (origin, asked) => {
    const { titles, gatewayFor } = createGateways({ ...TITLES, coreUrl: `${origin}/aets/{AE}/rs` });
    assertEquals(titles, ["GANTRY", "R 2"]);
    assertEquals(gatewayFor("OTHER"), undefined);
    const gateway = gatewayFor("R 2");
    assert(gateway !== undefined);
    const search = { path: "studies", parameters: new URLSearchParams() };
    assertEquals(await Array.fromAsync(gateway.search(search)), []);
    assertEquals(asked, ["/aets/R%202/rs/studies Bearer secret"]);
  }));

Deno.test("createGateways: one archive is reached by the own title alone", () => {
  const { titles, gatewayFor } = createGateways({ ...TITLES, coreUrl: "http://127.0.0.1/rs" });
  assertEquals(titles, ["GANTRY"]);
  assertEquals(gatewayFor("R 2"), undefined);
});
