/**
 * Certificates for tests of TLS, made by openssl in a temporary folder.
 * @module
 */

/** Paths of PEM files. */
export interface Certificates {
  readonly folder: string;
  /** Signed `server` and `client`. */
  readonly ca: string;
  readonly server: KeyPair;
  readonly client: KeyPair;
  /** Of another CA, that nobody knows. */
  readonly stranger: KeyPair;
  readonly strangerCa: string;
}

/** A certificate and its key. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Runs a test with certificates for `127.0.0.1` and `localhost`. */
export async function withCertificates(
  run: (certificates: Certificates) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-certificates-" });
  try {
    const [ca, strangerCa] = [await makeCa(folder, "ca"), await makeCa(folder, "stranger-ca")];
    await run({
      folder,
      ca: ca.cert,
      server: await makePair(folder, "server", ca),
      client: await makePair(folder, "client", ca),
      stranger: await makePair(folder, "stranger", strangerCa),
      strangerCa: strangerCa.cert,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makeCa(folder: string, name: string): Promise<KeyPair> {
  const pair = pairOf(folder, name);
  await openssl([
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${name}`],
    ...["-addext", "basicConstraints=critical,CA:TRUE"],
    ...["-keyout", pair.key, "-out", pair.cert],
  ]);
  return pair;
}

async function makePair(folder: string, name: string, ca: KeyPair): Promise<KeyPair> {
  const pair = pairOf(folder, name);
  const request = `${folder}/${name}.csr`;
  const extensions = `${folder}/${name}.ext`;
  await Deno.writeTextFile(extensions, "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  await openssl([
    ...["req", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=${name}`],
    ...["-keyout", pair.key, "-out", request],
  ]);
  await openssl([
    ...["x509", "-req", "-in", request, "-CA", ca.cert, "-CAkey", ca.key, "-CAcreateserial"],
    ...["-days", "2", "-extfile", extensions, "-out", pair.cert],
  ]);
  return pair;
}

function pairOf(folder: string, name: string): KeyPair {
  return { cert: `${folder}/${name}.pem`, key: `${folder}/${name}.key` };
}

async function openssl(args: readonly string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command("openssl", {
    args: [...args],
    stdin: "null",
    stdout: "null",
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
}
