/**
 * Hosts and ports as people, URLs and permission flags write them.
 * @module
 */

/** Whether only programs on the same machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The host as it stands before `:port`: an IPv6 address in brackets. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** `host:port`. */
export function hostPort(host: string, port: number): string {
  return `${bracketed(host)}:${port}`;
}

/** Where a program on this machine reaches what listens on `host`: of every address, the loopback one. */
export function dialled(host: string): string {
  switch (host) {
    case "0.0.0.0":
      return "127.0.0.1";
    case "::":
      return "::1";
    default:
      return host;
  }
}

/** Whether the host is an address rather than a name. */
export function isIPAddress(host: string): boolean {
  return host.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}

/**
 * One form for each address: IPv6 as RFC 5952 writes it, and IPv4 in IPv6, which is what a socket
 * of both families reports, as IPv4. Names come back in lower case.
 */
export function canonicalAddress(host: string): string {
  const { hostname } = URL.parse(`http://${bracketed(host)}/`) ?? { hostname: host };
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare);
  if (mapped === null) return bare;
  const [high, low] = [mapped[1]!, mapped[2]!].map((word) => Number.parseInt(word, 16));
  return [high! >> 8, high! & 0xFF, low! >> 8, low! & 0xFF].join(".");
}
