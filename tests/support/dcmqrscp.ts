/**
 * DCMTK's archive as a peer: it takes instances, finds them, and sends them on.
 * @module
 */
import { startListening } from "./dcmtk.ts";
import { freePort } from "./orthanc.ts";

/** Where a title is that the archive may send to. */
export interface KnownHost {
  readonly title: string;
  readonly port: number;
}

/** An archive that listens on 127.0.0.1. */
export interface Dcmqrscp {
  readonly aet: string;
  readonly port: number;
  /** Ends it; what it kept is removed. */
  stop(): Promise<void>;
}

/** Starts an empty one; `hosts` are the destinations of its C-MOVE. */
export async function startDcmqrscp(hosts: readonly KnownHost[] = []): Promise<Dcmqrscp> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-dcmqrscp-" });
  const aet = "QRSCP";
  const port = freePort();
  await Deno.mkdir(`${folder}/images`);
  const host = ({ title, port }: KnownHost) => `${title} = (${title}, 127.0.0.1, ${port})`;
  const configuration = [
    `NetworkTCPPort = ${port}`,
    "MaxPDUSize = 16384",
    "MaxAssociations = 16",
    "HostTable BEGIN",
    ...hosts.map(host),
    "HostTable END",
    "VendorTable BEGIN",
    "VendorTable END",
    "AETable BEGIN",
    `${aet} ${folder}/images RW (500, 1024mb) ANY`,
    "AETable END",
  ];
  await Deno.writeTextFile(`${folder}/dcmqrscp.cfg`, `${configuration.join("\n")}\n`);
  const args = ["-c", `${folder}/dcmqrscp.cfg`];
  const { stop } = await startListening("dcmqrscp", args, port, folder);
  return { aet, port, stop };
}
