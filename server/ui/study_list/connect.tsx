/**
 * The addresses to give to a viewer, a script or a modality, and how the first images come in.
 * @module
 */
import type { Child } from "hono/jsx";
import { isLoopback } from "../../../lib/config/addresses.ts";
import type { DimseAddress } from "../../../lib/config/environment.ts";
import { Copy } from "./study_view.tsx";

/** How an archive is reached. */
export interface Connection {
  /** Absolute URL of the archive's DICOMweb root. */
  readonly dicomweb: string;
  /** Name or address by which the browser reached the server. */
  readonly serverHost: string;
  readonly aet: string | undefined;
  /** Undefined where no bridge is known. */
  readonly dimse: DimseAddress | undefined;
  /** Whether the reader may add studies. */
  readonly mayStore: boolean;
  /** Whether a script needs a key. */
  readonly needsKey: boolean;
}

const ANY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

function bridgeHost({ dimse, serverHost }: Connection): string {
  const host = dimse?.host ?? "";
  return ANY_ADDRESS.has(host) ? serverHost : host;
}

/** The card of addresses. */
export function Connect(connection: Connection) {
  const { dicomweb, aet, dimse } = connection;
  return (
    <section class="card connect" aria-labelledby="connect">
      <h2 id="connect">Connect</h2>
      <div class="ways">
        <div>
          <h3>Viewers and scripts</h3>
          <dl>
            <Address name="DICOMweb URL" value={dicomweb} />
          </dl>
        </div>
        <div>
          <h3>Modalities and workstations</h3>
          {dimse === undefined || aet === undefined
            ? (
              <p class="muted">
                No bridge is known to this server; <code>deno task start</code> runs both.
              </p>
            )
            : (
              <>
                <dl>
                  <Address name="AE title" value={aet} />
                  <Address name="Host" value={bridgeHost(connection)} />
                  {dimse.port === 0
                    ? <Pair name="Port">a free one; the bridge says which when it starts</Pair>
                    : <Address name="Port" value={String(dimse.port)} />}
                </dl>
                {isLoopback(dimse.host) && (
                  <p class="muted">
                    This address is reached from this machine only: for devices, set{" "}
                    <code>GANTRY_DIMSE_HOST=0.0.0.0</code> and name them under <code>aes</code>{" "}
                    in the configuration.
                  </p>
                )}
              </>
            )}
        </div>
      </div>
    </section>
  );
}

function Address({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <Pair name={name}>
      <code>{value}</code> <Copy text={value} what={`the ${name}`} />
    </Pair>
  );
}

function Pair({ name, children }: { readonly name: string; readonly children?: Child }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** What an empty archive shows. */
export function Welcome(connection: Connection) {
  const { dicomweb, aet, dimse, mayStore, needsKey } = connection;
  const port = dimse?.port || "PORT";
  const key = needsKey ? "-H 'Authorization: Bearer KEY' " : "";
  return (
    <div class="card welcome">
      <h2>No studies yet</h2>
      {mayStore
        ? (
          <p class="script">
            Drop a folder of DICOM files anywhere on this page, or use Add folder.
          </p>
        )
        : <p>Your key reads; to add studies one with the scope write is needed.</p>}
      {dimse !== undefined && aet !== undefined && (
        <>
          <p>From a modality or workstation, or with DCMTK:</p>
          <Command text={`storescu -aec ${aet} ${bridgeHost(connection)} ${port} +sd +r FOLDER`} />
        </>
      )}
      <p>From a script:</p>
      <Command
        text={`(printf -- '--b\\r\\n\\r\\n'; cat FILE; printf '\\r\\n--b--\\r\\n') | ` +
          `curl ${dicomweb}/studies ${key}--data-binary @- ` +
          `-H 'Content-Type: multipart/related; type="application/dicom"; boundary=b'`}
      />
    </div>
  );
}

function Command({ text }: { readonly text: string }) {
  return (
    <div class="command">
      <pre tabindex={0}>{text}</pre>
      <Copy text={text} what="the command" />
    </div>
  );
}
