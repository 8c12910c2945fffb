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
