/**
 * WADO-RS (PS3.18 10.4): one instance in a transfer syntax that is asked for, or a whole series as
 * it is stored, which costs one request.
 * @module
 */
import { isValidUID } from "../../lib/dicom/uids.ts";
import { type Gateway, GatewayError, type RetrievedInstance } from "./gateway.ts";
import { gatewayError, type Http } from "./http.ts";
import { InstanceBuffers } from "./instance_buffers.ts";
import { type InstanceFile, instanceFiles } from "./instance_files.ts";

/** Transfer syntaxes that one request names: servers look at no more than a few. */
export const MAX_SYNTAXES_ASKED = 10;
/** Milliseconds until the answer begins: a server that has to transcode takes its time. */
const ANSWER_WITHIN = 60_000;
/** The transfer syntax in which it is stored. */
const ANY = "*";

/**
 * Gateway.retrieve over HTTP. A data set that streams may end with a GatewayError too, as where no
 * more of it comes for `moreWithin` milliseconds.
 */
export function createRetrieve(http: Http, moreWithin?: number): Gateway["retrieve"] {
  const buffers = new InstanceBuffers();
  return async ({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }, syntaxes, signal) => {
    const asked = syntaxes.filter((uid) => uid === ANY || isValidUID(uid))
      .slice(0, MAX_SYNTAXES_ASKED);
    const response = await http.request(
      `studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}`,
      { headers: { Accept: acceptOf(asked) }, answerWithin: ANSWER_WITHIN, signal },
    );
    if (response.status !== 200) throw await refusal(response);
    const files = instanceFiles(response, { buffers, signal, moreWithin });
    const { value: instance } = await files.next();
    if (instance === undefined) throw refused("The server's answer is empty");
    if (!asked.some((uid) => uid === instance.transferSyntaxUID || uid === ANY)) {
      await files.return();
      throw refused("The server answered in a transfer syntax that was not asked for");
    }
    return toItsEnd(instance, files);
  };
}

/** Gateway.retrieveSeries over HTTP; `moreWithin` is as above. */
export function createRetrieveSeries(http: Http, moreWithin?: number): Gateway["retrieveSeries"] {
  const buffers = new InstanceBuffers();
  return async function* ({ StudyInstanceUID, SeriesInstanceUID }, signal) {
    const response = await http.request(`studies/${StudyInstanceUID}/series/${SeriesInstanceUID}`, {
      headers: { Accept: acceptOf([ANY]) },
      answerWithin: ANSWER_WITHIN,
      signal,
    });
    if (!response.ok) throw await refusal(response);
    yield* instanceFiles(response, { buffers, signal, moreWithin });
  };
}

/**
 * The instance, whose answer is read to its end behind it, so that the connection can be used
 * again.
 */
async function toItsEnd(
  instance: InstanceFile,
  files: AsyncGenerator<InstanceFile, void, undefined>,
): Promise<RetrievedInstance> {
  const { dataSet } = instance;
  if (!(dataSet instanceof Uint8Array)) {
    return { ...instance, dataSet: followed(dataSet, files) };
  }
  await files.next();
  await files.return();
  return instance;
}

async function* followed(
  dataSet: AsyncIterable<Uint8Array>,
  files: AsyncGenerator<InstanceFile, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* dataSet;
    await files.next();
  } finally {
    await files.return();
  }
}

/** The form of an answer that PS3.18 10.4.4 demands of every server, the syntaxes in their order. */
function acceptOf(transferSyntaxes: readonly string[]): string {
  return transferSyntaxes.map((uid, index) => {
    const weight = index === 0 ? "" : `; q=${(1 - index / MAX_SYNTAXES_ASKED).toFixed(1)}`;
    return `multipart/related; type="application/dicom"; transfer-syntax=${uid}${weight}`;
  }).join(", ");
}

async function refusal(response: Response): Promise<GatewayError> {
  const { status } = response;
  if (status !== 406) return await gatewayError(response);
  await response.body?.cancel();
  return refused("The server cannot give it in a transfer syntax that is accepted", status);
}

function refused(message: string, status?: number): GatewayError {
  return new GatewayError(message, "refused", status);
}
