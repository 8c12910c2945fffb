/**
 * Debian's OpenStack Swift with its S3 API as a real object store, in a temporary folder on free
 * ports: one device, one replica, and the four servers with the memory cache that they want.
 * @module
 */
import { AwsV4Signer } from "aws4fetch";
import type { S3Place } from "../../lib/config/s3_place.ts";
import { dependent } from "./child_process.ts";
import { freePort } from "./orthanc.ts";
import type { Program } from "./peers.ts";

/** What {@linkcode startSwift} needs, for `peerTest`. */
export const SWIFT_PROGRAMS = [
  "memcached",
  "swift-account-server",
  "swift-container-server",
  "swift-object-server",
  "swift-proxy-server",
] as const satisfies readonly Program[];

/** A running Swift. */
export interface SwiftProcess {
  /** URL of its S3 API, without a trailing slash. */
  readonly endpoint: string;
  /** Domain below which buckets are hosts. */
  readonly domain: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** The place of a bucket of this store, without a prefix and by path. */
  place(bucket: string): S3Place;
  createBucket(name: string): Promise<void>;
  /** Bytes that a bucket may hold, by Swift's own API. */
  setQuota(bucket: string, bytes: number): Promise<void>;
  /** Ends it and removes everything. */
  stop(): Promise<void>;
  /** SIGKILL to all of it; what it keeps stays. */
  kill(): Promise<void>;
  /** Starts what {@linkcode kill} ended again, on the same ports and data. */
  restart(): Promise<void>;
}

/** Differences from the usual. */
export interface SwiftOptions {
  /** Bytes that each part of a multipart upload but the last has at least; S3's own 5 MiB without. */
  readonly minimumPart?: number;
  /** Keys in one answer of a list; S3's own 1,000 without. */
  readonly pageKeys?: number;
}

const ACCESS_KEY = "test:tester";
const SECRET_KEY = "testing";
const REGION = "us-east-1";
const DOMAIN = "s3.localhost";

/** Folder and ports of one Swift. */
interface Layout {
  readonly folder: string;
  readonly ports: Readonly<Record<Server | "memcached", number>>;
  readonly user: string;
}

const STORAGE = ["account", "container", "object"] as const;
const SERVERS = [...STORAGE, "proxy"] as const;
type Server = (typeof SERVERS)[number];

/** Runs `use` with a Swift of its own. */
export async function withSwift(
  use: (swift: SwiftProcess) => Promise<void>,
  options?: SwiftOptions,
): Promise<void> {
  const swift = await startSwift(options);
  try {
    await use(swift);
  } finally {
    await swift.stop();
  }
}

/** Starts Swift; resolves when it answers. */
export async function startSwift(options: SwiftOptions = {}): Promise<SwiftProcess> {
  const layout = {
    folder: await Deno.makeTempDir({ prefix: "gantry-swift-" }),
    ports: {
      account: freePort(),
      container: freePort(),
      object: freePort(),
      proxy: freePort(),
      memcached: freePort(),
    },
    user: await output("id", "-un"),
  };
  await configure(layout, options);
  const endpoint = `http://127.0.0.1:${layout.ports.proxy}`;
  let children = await startServers(layout);

  async function kill(): Promise<void> {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map((child) => child.status));
    children = [];
  }

  return {
    endpoint,
    domain: DOMAIN,
    accessKeyId: ACCESS_KEY,
    secretAccessKey: SECRET_KEY,
    region: REGION,
    place: (bucket) => ({
      endpoint,
      bucket,
      prefix: "",
      region: REGION,
      addressing: "path",
      accessKeyId: ACCESS_KEY,
      secretAccessKey: SECRET_KEY,
      sessionToken: undefined,
    }),
    async createBucket(name) {
      await succeed(await signed("PUT", `${endpoint}/${name}`));
    },
    async setQuota(bucket, bytes) {
      const login = await fetch(`${endpoint}/auth/v1.0`, {
        headers: { "x-auth-user": ACCESS_KEY, "x-auth-key": SECRET_KEY },
      });
      await succeed(login);
      const headers = {
        "x-auth-token": login.headers.get("x-auth-token")!,
        "x-container-meta-quota-bytes": `${bytes}`,
      };
      const url = `${login.headers.get("x-storage-url")}/${bucket}`;
      await succeed(await fetch(url, { method: "POST", headers }));
    },
    async stop() {
      await kill();
      await Deno.remove(layout.folder, { recursive: true });
    },
    kill,
    async restart() {
      children = await startServers(layout);
    },
  };
}

/** Writes the configuration and the rings, which say where everything is. */
async function configure(layout: Layout, options: SwiftOptions): Promise<void> {
  const { folder, ports } = layout;
  await Deno.mkdir(`${folder}/srv/d1`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/swift.conf`,
    "[swift-hash]\nswift_hash_path_suffix = gantry\nswift_hash_path_prefix = gantry\n" +
      "[storage-policy:0]\nname = one\ndefault = yes\n",
  );
  for (const server of STORAGE) {
    await Deno.writeTextFile(`${folder}/${server}.conf`, storageConf(layout, server));
  }
  await Deno.writeTextFile(`${folder}/proxy.conf`, proxyConf(layout, options));
  const rings = STORAGE.map((server) => `("${server}", ${ports[server]})`).join(", ");
  await output(
    "/usr/bin/python3",
    "-c",
    `
from swift.common.ring import RingBuilder
for name, port in [${rings}]:
    builder = RingBuilder(4, 1, 0)
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port,
                     "replication_ip": "127.0.0.1", "replication_port": port,
                     "device": "d1", "weight": 1.0, "meta": ""})
    builder.rebalance()
    builder.get_ring().save("${folder}/%s.ring.gz" % name)
`,
  );
}

function commonConf({ folder, user, ports }: Layout, server: Server): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${ports[server]}
swift_dir = ${folder}
devices = ${folder}/srv
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
user = ${user}
workers = 0
log_level = ERROR
`;
}

function storageConf(layout: Layout, server: Server): string {
  return `${commonConf(layout, server)}
[pipeline:main]
pipeline = ${server}-server
[app:${server}-server]
use = egg:swift#${server}
`;
}

function proxyConf(
  layout: Layout,
  { minimumPart = 5 * 1024 * 1024, pageKeys = 1_000 }: SwiftOptions,
): string {
  return `${commonConf(layout, "proxy")}
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats container_sync bulk s3api tempauth copy container-quotas slo dlo symlink proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:${layout.ports.memcached}
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:container_sync]
use = egg:swift#container_sync
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
storage_domain = ${DOMAIN}
location = ${REGION}
min_segment_size = ${minimumPart}
max_upload_part_num = 10000
max_bucket_listing = ${pageKeys}
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = ${SECRET_KEY} .admin
[filter:copy]
use = egg:swift#copy
[filter:container-quotas]
use = egg:swift#container_quotas
[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
[filter:dlo]
use = egg:swift#dlo
[filter:symlink]
use = egg:swift#symlink
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
# What is asked of its only nodes waits for them, and is asked, on a busy machine as well.
conn_timeout = 30
node_timeout = 60
recoverable_node_timeout = 60
error_suppression_limit = 1000000
`;
}

/** Starts all five; where one ends before the proxy answers, none is left. */
async function startServers({ folder, ports, user }: Layout): Promise<Deno.ChildProcess[]> {
  const start = (name: string, ...given: string[]) => {
    const [program, args] = dependent(name, given);
    return new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" })
      .spawn();
  };
  const children = [
    start("memcached", "-l", "127.0.0.1", "-p", `${ports.memcached}`, "-u", user, "-U", "0"),
    ...SERVERS.map((server) => start(`swift-${server}-server`, `${folder}/${server}.conf`)),
  ];
  try {
    const dead = Promise.race(children.map((child) => child.status)).then(() => {
      throw new Error("Swift ended before it answered");
    });
    await Promise.race([dead, ...[Promise.all(SERVERS.map((name) => untilOpen(ports[name])))]]);
  } catch (error) {
    for (const child of children) child.kill("SIGKILL");
    throw error;
  }
  return children;
}

/** Resolves when something listens at a port. */
async function untilOpen(port: number): Promise<void> {
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** A request as Swift's S3 API takes it. */
async function signed(method: string, url: string): Promise<Response> {
  const signer = new AwsV4Signer({
    method,
    url,
    service: "s3",
    region: REGION,
    accessKeyId: ACCESS_KEY,
    secretAccessKey: SECRET_KEY,
  });
  const { headers } = await signer.sign();
  return await fetch(url, { method, headers });
}

async function succeed(response: Response): Promise<void> {
  const text = await response.text();
  if (!response.ok) throw new Error(`Swift answered ${response.status}: ${text}`);
}

async function output(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}
