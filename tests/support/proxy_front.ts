/**
 * A proxy that tells by the PROXY protocol who called.
 * @module
 */

/** What listens behind it. */
export interface Behind {
  readonly host: string;
  readonly port: number;
}

/** A proxy that takes connections. */
export interface ProxyFront extends AsyncDisposable {
  readonly port: number;
}

/** Passes connections on, with `header` before what the caller sends. */
export function startProxy(behind: Behind, header: Uint8Array): ProxyFront {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const caller of listener) {
      const called = await Deno.connect({ hostname: behind.host, port: behind.port });
      await called.write(header);
      await Promise.allSettled([
        caller.readable.pipeTo(called.writable),
        called.readable.pipeTo(caller.writable),
      ]);
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

/** Version 1 of the header, for a caller's IPv4 address. */
export function proxyHeaderV1(address: string): Uint8Array {
  return new TextEncoder().encode(`PROXY TCP4 ${address} 127.0.0.1 50000 11112\r\n`);
}

/** Version 2 of the header, for a caller's IPv4 address. */
export function proxyHeaderV2(address: string): Uint8Array {
  return Uint8Array.of(
    ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, 12],
    ...address.split(".").map(Number),
    ...[127, 0, 0, 1, 0xc3, 0x50, 0x2b, 0x68],
  );
}
