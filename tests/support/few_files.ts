/**
 * A listener in a process that may open few files: takes connections until the system has none to
 * give, and then one more when these are gone. A test runs it.
 * @module
 */
import { listenDimse } from "../../bridge/net/listen.ts";
import { VERIFICATION } from "../../lib/dimse/sop_classes.ts";
import { negotiate } from "../../lib/dul/negotiate.ts";
import { policyOf } from "./associate.ts";
import { succeed } from "./association_pair.ts";
import { associateRQ, commandPdu, echoRQ } from "./dimse_bytes.ts";
import { RawPeer } from "./dimse_raw.ts";

const refused = Promise.withResolvers<void>();
const policy = policyOf({ [VERIFICATION]: {} });
const listener = listenDimse({
  hostname: "127.0.0.1",
  port: 0,
  maximumLength: 65_536,
  log({ message }) {
    if (message === "No connection could be accepted") refused.resolve();
  },
  admit(request) {
    const negotiation = negotiate(request, policy);
    return negotiation.kind === "accepted"
      ? { ...negotiation, services: succeed, refusals: [] }
      : negotiation;
  },
});

const address = { host: "127.0.0.1", port: listener.port };
const peers: RawPeer[] = [];
const before = await RawPeer.connect(address);
try {
  for (;;) peers.push(await RawPeer.connect(address));
} catch {
  // Both ends are in this process: whichever is first has no file left for the other.
}
await refused.promise;
console.log("refused");
for (const peer of [before, ...peers]) peer[Symbol.dispose]();
{
  using peer = await RawPeer.connect(address);
  await peer.associate(associateRQ());
  await peer.send(commandPdu(1, echoRQ()));
  console.log(await peer.next());
}
await listener.close();
