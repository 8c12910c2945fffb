import { assert, assertEquals } from "@std/assert";
import { parseEnvironment } from "../../../lib/config/environment.ts";

const parse = (variables: Record<string, string>) => parseEnvironment((name) => variables[name]);

const KEYS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "hunter2" };

Deno.test("storage: a remote index by each kind of URL", () => {
  const remote = { kind: "remote", token: "t", replica: false };
  for (
    const [given, url] of [
      ["libsql://db-org.turso.io", "https://db-org.turso.io"],
      ["https://db.example.org/", "https://db.example.org"],
      ["http://[::1]:8080", "http://[::1]:8080"],
    ] as const
  ) {
    const { settings, problems } = parse({ GANTRY_INDEX_URL: given, GANTRY_INDEX_TOKEN: "t" });
    assertEquals(problems, []);
    assertEquals(settings.index, { ...remote, url } as typeof settings.index);
  }
  const { settings } = parse({ GANTRY_INDEX_URL: "http://db", GANTRY_INDEX_REPLICA: "1" });
  assertEquals(settings.index, {
    kind: "remote",
    url: "http://db",
    token: undefined,
    replica: true,
  });
});

Deno.test("storage: an object store of AWS, and of another", () => {
  const aws = parse({
    ...KEYS,
    GANTRY_BLOBS_URL: "s3://images",
    AWS_REGION: "eu-central-1",
    GANTRY_BLOBS_CACHE: "20GB",
  });
  assertEquals(aws.problems, []);
  assertEquals(aws.settings.blobs, {
    kind: "s3",
    place: {
      endpoint: "https://s3.eu-central-1.amazonaws.com",
      bucket: "images",
      prefix: "",
      region: "eu-central-1",
      addressing: "virtual",
      accessKeyId: "id",
      secretAccessKey: "hunter2",
      sessionToken: undefined,
    },
    cacheBytes: 20e9,
  });
  const other = parse({
    ...KEYS,
    GANTRY_BLOBS_URL: "s3://images/clinic/a/",
    AWS_ENDPOINT_URL: "https://elsewhere.example.org",
    AWS_ENDPOINT_URL_S3: "https://t3.storage.dev/",
    AWS_SESSION_TOKEN: "s",
  });
  assertEquals(other.problems, []);
  assertEquals(other.settings.blobs, {
    kind: "s3",
    place: {
      endpoint: "https://t3.storage.dev",
      bucket: "images",
      prefix: "clinic/a/",
      region: "us-east-1",
      addressing: "path",
      accessKeyId: "id",
      secretAccessKey: "hunter2",
      sessionToken: "s",
    },
    cacheBytes: 0,
  });
});

Deno.test("storage: sizes in decimal and binary units", () => {
  const bytes = (text: string) => {
    const { settings } = parse({
      ...KEYS,
      GANTRY_BLOBS_URL: "s3://images",
      GANTRY_BLOBS_CACHE: text,
    });
    return settings.blobs.kind === "s3" ? settings.blobs.cacheBytes : undefined;
  };
  assertEquals(bytes("1000"), 1000);
  assertEquals(bytes("1.5 GiB"), 1.5 * 1024 ** 3);
  assertEquals(bytes("500mb"), 500e6);
  assertEquals(bytes("0"), 0);
});

Deno.test("storage: every problem at once, and no secret in any", () => {
  const problems = [
    ...parse({ GANTRY_INDEX_URL: "libsql://db?authToken=hunter2" }).problems,
    ...parse({ GANTRY_INDEX_URL: "postgres://u:hunter2@db" }).problems,
    ...parse({ GANTRY_INDEX_TOKEN: "hunter2", GANTRY_INDEX_REPLICA: "1" }).problems,
    ...parse({ GANTRY_BLOBS_URL: "s3://images" }).problems,
    ...parse({ GANTRY_BLOBS_URL: "s3://images/../up", ...KEYS }).problems,
    ...parse({ GANTRY_BLOBS_CACHE: "1GB" }).problems,
    ...parse({ GANTRY_INDEX_URL: "http://db", GANTRY_INDEX_TOKEN: "two\nhunter2" }).problems,
    ...parse({ GANTRY_BLOBS_URL: "s3://id:hunter2@images" }).problems,
    ...parse({
      ...KEYS,
      AWS_ACCESS_KEY_ID: "id\nhunter2",
      GANTRY_BLOBS_URL: "s3://images",
      AWS_ENDPOINT_URL_S3: "https://id:hunter2@store",
    }).problems,
    ...parse({
      ...KEYS,
      GANTRY_BLOBS_URL: "s3://images",
      GANTRY_BLOBS_CACHE: "much",
      GANTRY_BLOBS_ADDRESSING: "dns",
      AWS_ENDPOINT_URL_S3: "store",
    }).problems,
  ];
  assertEquals(problems, [
    "GANTRY_INDEX_URL needs a libsql://, https:// or http:// URL, with the token in GANTRY_INDEX_TOKEN",
    "GANTRY_INDEX_URL needs a libsql://, https:// or http:// URL, with the token in GANTRY_INDEX_TOKEN",
    "GANTRY_INDEX_TOKEN means nothing without GANTRY_INDEX_URL",
    "GANTRY_INDEX_REPLICA means nothing without GANTRY_INDEX_URL",
    "AWS_ACCESS_KEY_ID is needed: GANTRY_BLOBS_URL names an object store, which wants a key",
    "AWS_SECRET_ACCESS_KEY is needed: GANTRY_BLOBS_URL names an object store, which wants a key",
    'GANTRY_BLOBS_URL is "s3://images/../up": s3://bucket or s3://bucket/prefix, of letters, ' +
    "digits, dots, - and _",
    "GANTRY_BLOBS_CACHE means nothing without GANTRY_BLOBS_URL",
    "GANTRY_INDEX_TOKEN may hold printable ASCII without spaces only: it goes into a header",
    "GANTRY_BLOBS_URL is wrong (and not repeated here, for it may hold a secret): s3://bucket or " +
    "s3://bucket/prefix, of letters, digits, dots, - and _",
    "AWS_ACCESS_KEY_ID may hold printable ASCII without spaces only: it goes into a header",
    "AWS_ENDPOINT_URL_S3 is wrong (and not repeated here, for it may hold a secret): an http:// or " +
    "https:// URL, without a query",
    'GANTRY_BLOBS_CACHE is "much": a size such as "20GB" or "500 MiB"',
    'AWS_ENDPOINT_URL_S3 is "store": an http:// or https:// URL, without a query',
    'GANTRY_BLOBS_ADDRESSING is "dns": "path" or "virtual"',
  ]);
  assert(!problems.join().includes("hunter2"));
});

Deno.test("storage: a bucket is a host's name only where it can be one", () => {
  const parsed = (bucket: string, variables: Record<string, string>) => {
    const { settings, problems } = parse({
      ...KEYS,
      GANTRY_BLOBS_URL: `s3://${bucket}`,
      ...variables,
    });
    const { blobs } = settings;
    return problems[0]?.split(" ", 1)[0] ?? (blobs.kind === "s3" ? blobs.place.addressing : "");
  };
  assertEquals(parsed("images", {}), "virtual");
  // Of hosts below a wildcard certificate only names without a dot are; capitals no host has.
  assertEquals(parsed("clinic.images", {}), "path");
  assertEquals(parsed("Images", {}), "path");
  const virtual = { GANTRY_BLOBS_ADDRESSING: "virtual" };
  for (
    const [bucket, endpoint] of [
      ["images", "http://127.0.0.1:9000"],
      ["images", "http://[::1]:9000"],
      ["my_images", "https://store.example.org"],
      ["Images", "https://store.example.org"],
      ["images.", "https://store.example.org"],
    ] as const
  ) {
    const given = { ...virtual, AWS_ENDPOINT_URL_S3: endpoint };
    assertEquals(parsed(bucket, given), "GANTRY_BLOBS_ADDRESSING", `${bucket} ${endpoint}`);
  }
  const named = { ...virtual, AWS_ENDPOINT_URL_S3: "http://s3.localhost:9000" };
  assertEquals(parsed("clinic.images", named), "virtual");
});

Deno.test("storage: no host is two in a permission flag, and a region is part of one", () => {
  const names = (variables: Record<string, string>) =>
    parse({ ...KEYS, GANTRY_BLOBS_URL: "s3://images", ...variables }).problems
      .map((problem) => problem.split(" ", 1)[0]);
  assertEquals(names({ AWS_REGION: "eu central 1" }), ["AWS_REGION"]);
  assertEquals(names({ AWS_DEFAULT_REGION: "eu,elsewhere.org" }), ["AWS_DEFAULT_REGION"]);
  assertEquals(names({ AWS_ENDPOINT_URL: "http://a,elsewhere.org" }), ["AWS_ENDPOINT_URL"]);
  assertEquals(names({ GANTRY_INDEX_URL: "http://a,elsewhere.org" }), ["GANTRY_INDEX_URL"]);
});
