/**
 * API keys: made, listed, revoked and checked. Only a keyed hash is kept, so that a copy of the
 * index opens nothing.
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { KEY_SCOPES, type Scope } from "../http/key_scopes.ts";
import type { Index, KeyRow } from "../index/index.ts";

/** What a caller may do; see `KeyService.authenticate`. */
export type Access =
  | { readonly kind: "granted"; readonly scopes: ReadonlySet<Scope> }
  /** No key came, and one is needed. */
  | { readonly kind: "missing" }
  /** No key was ever made, and one is needed. */
  | { readonly kind: "none made" }
  /** A key came that is not known, or not any more. */
  | { readonly kind: "wrong" };

/** The part of the index that keys need. */
export type KeyIndex = Pick<Index, "addKey" | "keys" | "revokeKey">;

/** API keys of an installation. */
export interface KeyService {
  /** Makes a key and resolves to its text, which is nowhere else afterwards. */
  create(name: string, scopes: readonly Scope[]): Promise<{ id: string; key: string }>;
  list(): Promise<readonly KeyRow[]>;
  /** Resolves to false where there is no such key, or it is revoked already. */
  revoke(id: string): Promise<boolean>;
  /** Whether there is a key that is not revoked. */
  anyLive(): Promise<boolean>;
  /** What `key`, as a request gave it, allows. Where no key was ever made and `open` says so, everything. */
  authenticate(key: string | undefined): Promise<Access>;
}

/** Milliseconds for which the list of keys is believed: what another process revoked works no longer than that. */
export const KEYS_BELIEVED_FOR = 1000;

/** Milliseconds after which the list is read again while it is still believed, so that under load no request waits for it. */
const KEYS_FRESH_FOR = 500;

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 8 characters tell 2 × 10^14 keys apart; 33 carry 196 bits, beyond guessing. */
const ID_LENGTH = 8;
const SECRET_LENGTH = 33;

const FORM = new RegExp(`^gantry_([0-9A-Za-z]{${ID_LENGTH}})_[0-9A-Za-z]{${SECRET_LENGTH}}$`);

const ALL: Access = { kind: "granted", scopes: new Set(KEY_SCOPES) };
const BRIDGE: Access = { kind: "granted", scopes: new Set<Scope>(["read", "write"]) };

/** Bytes of the secret: as many as HMAC-SHA-256 can use. */
const KEY_OF_HASHES_BYTES = 32;

/** Name of the secret in an index that servers share. */
export const KEY_SECRET = "keys";

/** A new secret for an installation. */
export function newSecret(): Uint8Array {
  return randomBytes(KEY_OF_HASHES_BYTES);
}

/** A live key, ready to be compared with. */
interface LiveKey {
  readonly hash: Uint8Array;
  readonly access: Access;
}

/** How keys are kept and checked. */
export interface KeyOptions {
  /** Key of the hashes. */
  readonly secret: Uint8Array;
  /** Everything is allowed to everyone until the first key is made. */
  readonly open: boolean;
  /** A key that is in no list and lives as long as the process: it reads and writes. */
  readonly bridgeToken?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Keys over an index. */
export function createKeyService(
  index: KeyIndex,
  { secret, open, bridgeToken, now = Date.now }: KeyOptions,
): KeyService {
  const hashOf = (key: string) => createHmac("sha256", secret).update(key).digest();
  const bridgeHash = bridgeToken === undefined ? undefined : hashOf(bridgeToken);

  let live: ReadonlyMap<string, LiveKey> = new Map();
  // Revoked keys count: whoever takes the last one back does not mean to let everyone in.
  let anyMade = false;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function readLiveKeys(): Promise<void> {
    // The age counts from before the read: what is revoked during it is not believed longer.
    const at = now();
    const rows = await index.keys();
    live = new Map(
      rows.filter((row) => row.revokedAt === undefined).map((row) => [row.id, liveKey(row)]),
    );
    anyMade = rows.length > 0;
    readAt = at;
  }

  /** One read at a time, shared by the requests that wait for it. */
  function refresh(): Promise<void> {
    reading ??= readLiveKeys().finally(() => reading = undefined);
    return reading;
  }

  return {
    async create(name, scopes) {
      const id = randomText(ID_LENGTH);
      const key = `gantry_${id}_${randomText(SECRET_LENGTH)}`;
      await index.addKey({
        id,
        name,
        hash: hashOf(key).toString("hex"),
        scopes,
        createdAt: now(),
        revokedAt: undefined,
      });
      return { id, key };
    },

    list: () => index.keys(),

    revoke: (id) => index.revokeKey(id, now()),

    async anyLive() {
      return (await index.keys()).some((row) => row.revokedAt === undefined);
    },

    async authenticate(key) {
      if (
        bridgeHash !== undefined && key !== undefined && timingSafeEqual(bridgeHash, hashOf(key))
      ) return BRIDGE;
      const age = now() - readAt;
      // A clock that was set back says nothing about the age.
      if (age < 0 || age >= KEYS_BELIEVED_FOR) await refresh();
      // A failure shows where the list is needed.
      else if (age >= KEYS_FRESH_FOR) refresh().catch(() => {});
      if (open && !anyMade) return ALL;
      if (key === undefined) return { kind: anyMade ? "missing" : "none made" };
      const known = live.get(FORM.exec(key)?.[1] ?? "");
      if (known === undefined || !timingSafeEqual(known.hash, hashOf(key))) {
        return { kind: "wrong" };
      }
      return known.access;
    },
  };
}

function liveKey(row: KeyRow): LiveKey {
  const scopes = new Set(KEY_SCOPES.filter((scope) => row.scopes.includes(scope)));
  return { hash: Buffer.from(row.hash, "hex"), access: { kind: "granted", scopes } };
}

/** Characters of the alphabet, each equally likely. */
function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 is the largest multiple of 62 that a byte holds: beyond it some would come up more often.
      if (byte < 248 && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}
