/**
 * What is stored where. One contract suite (tests/contract/index.ts) holds for every implementation.
 * Every method is one round trip unless it says otherwise, and rejects with UnavailableError where
 * the database is out of reach.
 * @module
 */
import type { Query } from "../../lib/query/query.ts";

/** A study, a series of it or an instance of that; or the whole archive where empty. */
export interface Scope {
  readonly StudyInstanceUID?: string;
  readonly SeriesInstanceUID?: string;
  readonly SOPInstanceUID?: string;
}

/** What the index knows about a stored object itself. */
export interface StoredObject {
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly SOPInstanceUID: string;
  readonly SOPClassUID: string;
  readonly TransferSyntaxUID: string;
  readonly blobKey: string;
  /** Bytes of the blob. */
  readonly size: number;
  /** Bytes before the data set; see InstanceScan. */
  readonly dataSetOffset: number;
  /** SHA-256 of the blob's bytes before the data set, hex; "" where there are none. */
  readonly prefixDigest: string;
  /** SHA-256 of the blob's bytes from the data set on, hex. */
  readonly dataSetDigest: string;
}

/** A stored object with its place in the index. */
export interface InstanceRow extends StoredObject {
  /** Grows with every stored revision and is never used twice: the base of ETags. */
  readonly revision: number;
  readonly NumberOfFrames: number;
  /** Scanner version of the header record; older than SCANNER_VERSION: rescan when next read. */
  readonly headerVersion: number;
  /** What is wrong with the object; see InstanceScan. Absent where it is sound. */
  readonly damage?: string;
}

/** What the scan recorded for later requests. Either part may be large (a slide has 100,000 frames). */
export interface HeaderRecord {
  readonly version: number;
  /** Metadata pieces, see lib/bytes/gzip_pieces.ts. */
  readonly pieces: Uint8Array;
  /** Places of frames and bulk values, see lib/dicom/places.ts. */
  readonly places: Uint8Array;
  /** What is wrong with the object; see InstanceScan. Absent where it is sound. */
  readonly damage?: string;
}

/** A column's value as stored: DICOM text decoded to Unicode, values separated by `\`, numbers as text. */
export type AttributeValues = Readonly<Record<string, string | null>>;

/** An instance to be made visible. Its blob is durable. */
export interface NewInstance {
  readonly archive: string;
  readonly object: StoredObject;
  /** By keyword (lib/query/attributes.ts), all levels in one record. */
  readonly attributes: AttributeValues;
  /** Those of the patient, where another study of the same patient decided them. */
  readonly patient?: AttributeValues;
  readonly header: HeaderRecord;
  /**
   * Time of the removal that is undone, where it is brought back: one that comes later holds, however
   * often the index has to be told.
   */
  readonly removedAt?: number;
}

/** What became of a NewInstance. */
export type AddOutcome =
  /** `disagrees`: keywords of patient and study attributes that differ from what the study had first. */
  | { readonly kind: "added"; readonly revision: number; readonly disagrees: readonly string[] }
  /** The SOP Instance UID is there; nothing was changed. Where it lies may be another study. */
  | { readonly kind: "exists"; readonly existing: InstanceRow }
  | { readonly kind: "failed"; readonly error: Error };

/** One page of a search. `rows` hold column values by keyword and, where asked for, the header of a representative instance. */
export interface SearchPage {
  readonly rows: readonly SearchRow[];
  /** Cursor after the last row, where more may follow. */
  readonly next: string | undefined;
  /** Where the query asked for `count`. */
  readonly total: number | undefined;
  /** Sentences for `Warning: 299`: a pattern walked only within a bound, … */
  readonly warnings: readonly string[];
}

/** Values by keyword; counts and ModalitiesInStudy among them. UIDs of the levels above are always there. */
export interface SearchRow {
  readonly values: AttributeValues;
  /** Metadata pieces of an instance of it, only where Query.include needs what no column has. */
  readonly pieces?: Uint8Array;
}

/** What an archive holds. */
export interface Totals {
  readonly studies: number;
  readonly series: number;
  readonly instances: number;
  /** Of the objects as they are stored. */
  readonly bytes: number;
}

/** What an archive holds, by kind; the largest kinds first. */
export interface Summary {
  readonly modalities: readonly {
    /** "" where series have none. */
    readonly Modality: string;
    readonly studies: number;
    readonly series: number;
    readonly instances: number;
  }[];
  readonly SOPClasses: readonly { readonly SOPClassUID: string; readonly instances: number }[];
  /** Deleted or replaced, and not yet given up. */
  readonly removed: { readonly instances: number; readonly bytes: number };
  /** The first and last Study Date; undefined where no study has one. */
  readonly StudyDates: { readonly first: string; readonly last: string } | undefined;
}

/** State of a scope, for ETags and 404 / 410. */
export type ScopeState =
  | { readonly kind: "present"; readonly revision: number; readonly instances: number }
  | { readonly kind: "deleted" }
  | { readonly kind: "unknown" };

/** A removed revision. */
export interface Tombstone {
  readonly archive: string;
  readonly blobKey: string;
  readonly object: StoredObject;
  /** Milliseconds since 1970. */
  readonly removedAt: number;
  readonly reason: "deleted" | "replaced";
  /** Key of the record beside the blobs that says so; "" until there is one. */
  readonly record: string;
  /** Its blob is given up: it is gone, or will be. */
  readonly reaped: boolean;
}

/** `kept` by a row, or by a tombstone until it is `reaped`. */
export type BlobStanding = "kept" | "reaped";

/** What is wrong with the index itself. */
export type IndexFault =
  /** An instance has no header record, or no row of its series or study: no answer shows it. */
  | {
    readonly kind: "no header" | "no series";
    readonly blobKey: string;
    readonly SOPInstanceUID: string;
  }
  /** The number of instances that a series or study says is not that of its rows. */
  | {
    readonly kind: "count";
    readonly UID: string;
    readonly said: number;
    readonly counted: number;
  }
  /** What the archive says that it holds is not what its rows add up to. */
  | { readonly kind: "totals"; readonly said: Totals; readonly counted: Totals };

/** An API key as kept: never the key itself. */
export interface KeyRow {
  readonly id: string;
  readonly name: string;
  /** HMAC-SHA-256 of the key, hex. */
  readonly hash: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly revokedAt: number | undefined;
}

/** The index of an installation. Archives are named; unknown names are made by `ensureArchives`. */
export interface Index {
  ensureArchives(names: readonly string[]): Promise<void>;
  /** Names of all archives that there are. */
  archives(): Promise<readonly string[]>;

  /**
   * Durable when it resolves. Concurrent calls share a transaction (group commit). Never rejects
   * for one bad instance. A tombstone of the same blob goes with it (undelete).
   */
  add(instance: NewInstance): Promise<AddOutcome>;
  /** Puts `instance` in the place of revision `revision`, whose blob gets a tombstone. */
  replace(revision: number, instance: NewInstance, at: number): Promise<AddOutcome>;
  /** A newer scanner's header for a revision; no new revision. */
  setHeader(revision: number, header: HeaderRecord): Promise<void>;

  search(archive: string, query: Query): Promise<SearchPage>;

  state(archive: string, scope: Scope): Promise<ScopeState>;
  /** What can be seen of an archive at present, whatever its size at the same cost; zeros for an unknown one. */
  totals(archive: string): Promise<Totals>;
  /** What it holds by kind, at a cost that grows with its studies and series, not with its instances. */
  summary(archive: string): Promise<Summary>;
  /** The modalities of an archive's series in the order of their names: as many as a person can choose from. */
  modalities(archive: string): Promise<readonly string[]>;
  /** Pages of rows in the order in which a person would look at them (series, then instance number). */
  instances(archive: string, scope: Scope): AsyncIterable<readonly InstanceRow[]>;
  /** The same with the metadata pieces. */
  metadata(
    archive: string,
    scope: Scope,
  ): AsyncIterable<readonly (InstanceRow & { readonly pieces: Uint8Array })[]>;
  /** One instance with the places of its frames and bulk values. */
  places(
    archive: string,
    scope: Required<Scope>,
  ): Promise<(InstanceRow & { readonly places: Uint8Array }) | undefined>;

  /** Makes everything in the scope invisible at once, leaving tombstones. Resolves to how many instances. */
  remove(archive: string, scope: Scope, at: number): Promise<number>;
  /** Deleted (not replaced) revisions of a scope, newest removal first. */
  removed(archive: string, scope: Scope): Promise<readonly Tombstone[]>;
  /**
   * Gives up the blobs of tombstones removed before a time, oldest first, and resolves to their keys.
   * No `add` brings them back from then on; 410 remains the answer for what they were.
   */
  reap(before: number, limit: number): Promise<readonly string[]>;
  /** Those of the keys that a row or a tombstone names. */
  known(blobKeys: readonly string[]): Promise<ReadonlyMap<string, BlobStanding>>;
  /** Holds the rows of an archive against each other; each kind of fault is that of one moment. */
  audit(archive: string): Promise<readonly IndexFault[]>;
  /** Those of the SOP Instance UIDs that the feed of changes says were stored once. */
  everAdded(archive: string, SOPInstanceUIDs: readonly string[]): Promise<ReadonlySet<string>>;
  /** The highest number given to a revision or a change of this index so far. */
  lastRevision(): Promise<number>;
  /** Numbers what comes from here on beyond `revision`: those before were an earlier index's. */
  continueAfter(revision: number): Promise<void>;
  /** Every row of an archive, in pages, ordered by revision. */
  everything(archive: string): AsyncIterable<readonly InstanceRow[]>;
  /**
   * Those of the revisions that are still there, in their order, as another index may add them: with
   * the attributes that searches show of their patient, study and series. Several round trips for many.
   */
  whole(archive: string, revisions: readonly number[]): Promise<readonly NewInstance[]>;

  /** The first tombstones that no record beside the blobs tells of. */
  unrecorded(limit: number): Promise<readonly Tombstone[]>;
  /** To be called before a record is written under this key: it is stale until `endRecord`. */
  beginRecord(key: string): Promise<void>;
  /**
   * The record is durable and tells of the tombstones of these blobs. Where it was condemned, or one
   * of them has no tombstone any more, it stays stale and they stay unrecorded.
   */
  endRecord(key: string, blobKeys: readonly string[]): Promise<void>;
  /** Stale records, which from then on stay so: to be deleted once nothing is unrecorded. */
  condemnRecords(): Promise<readonly string[]>;
  /** Records that are not, or not any more, what the tombstones are. */
  staleRecords(): Promise<readonly string[]>;
  /** A condemned record is deleted. */
  forgetRecord(key: string): Promise<void>;
  /** No tombstone has a record, and none is stale: the blobs are a copy that has none. */
  forgetRecords(): Promise<void>;
  /** Keys of all records that tombstones have, in pages. */
  records(): AsyncIterable<readonly string[]>;
  /** Blobs of the tombstones that have this record. */
  recordedIn(key: string): Promise<ReadonlySet<string>>;
  /** Every tombstone of every archive, in pages, ordered by blob. */
  tombstones(): AsyncIterable<readonly Tombstone[]>;
  /** Puts down tombstones of blobs that have none, without a record. Their archives are there. */
  bury(tombstones: readonly Tombstone[]): Promise<void>;
  /** The tombstones of those of the blobs that have one. */
  buried(blobKeys: readonly string[]): Promise<readonly Tombstone[]>;
  /**
   * Puts down tombstones as another index has them, in the place of the rows of their blobs and of
   * tombstones of earlier removals. Those that change are without a record. Their archives are there.
   */
  withdraw(tombstones: readonly Tombstone[]): Promise<void>;

  addKey(key: KeyRow): Promise<void>;
  keys(): Promise<readonly KeyRow[]>;
  revokeKey(id: string, at: number): Promise<boolean>;

  /** The secret of this name: made by whoever asks first, the same for all that share the index. */
  secret(name: string, make: () => Uint8Array): Promise<Uint8Array>;
  /**
   * Whether `holder` has the lease of this name from now on for so long, by the database's clock: it
   * was free, or its own. One holder has it at a time.
   */
  lease(name: string, holder: string, milliseconds: number): Promise<boolean>;
  close(): Promise<void>;
}

/** An index in a file of this machine. */
export interface LocalIndex extends Index {
  /** Writes what there is at this moment into a new file at `path`, while others go on reading and writing. */
  copyTo(path: string): Promise<void>;
  /**
   * Brings everything into the one file, which can be moved once this index is closed. False where
   * another process has it open and that cannot be.
   */
  gather(): Promise<boolean>;
}
