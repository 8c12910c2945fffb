/**
 * Checks of the Store transaction that succeeds (PS3.18 10.5).
 * @module
 */
import { DICOM_TYPE, ensureStatus, ensureType, said, XML_TYPE } from "./answers.ts";
import { type Check, ensure, fail, notOffered, unchecked } from "./check.ts";
import type { Answer } from "./http.ts";
import { anotherInstance, changed, newUID } from "./make_sample.ts";
import { attributeIn, itemsIn, textIn } from "./rows.ts";
import { type SampleInstance, seriesPath } from "./sample.ts";
import type { Session } from "./session.ts";
import { ensureReason, filePart, itemAbout, moduleOf, storable, stow } from "./stow.ts";

const ASK_AGAIN_AFTER = 200;

/** The first stores: what follows relies on them. */
export function storeChecks(): readonly Check[] {
  // Answers that several checks look at.
  let toStudy: Answer | undefined;
  const stored = (session: Session) => {
    storable(session);
    return toStudy ?? unchecked("Nothing was stored.");
  };
  return [
    {
      id: "store.study",
      clause: "10.5.1.1.1, 10.5.3.1",
      level: "required",
      rule:
        "Instances of one study, posted to it as application/dicom, are stored and answered 200.",
      async run(session) {
        const [study] = session.own?.studies ?? [];
        if (study === undefined) unchecked("Nothing is stored where --study names a study.");
        const parts = study.instances.map((instance) => filePart(session, instance));
        const answer = await stow(session, parts, { path: study.path });
        if ([404, 405, 501].includes(answer.status)) {
          notOffered(`Storing is answered with ${answer.status}.`);
        }
        if ([401, 403].includes(answer.status)) {
          unchecked(`Storing is refused with ${answer.status}: give a key with --token.`);
        }
        ensure(answer.status === 200 || answer.status === 202, said(answer, "200"));
        toStudy = answer;
        session.present = session.own;
        await settle(session);
        ensureStatus(answer, 200);
      },
    },
    {
      id: "store.studies",
      clause: "10.5.1.1.1, 10.5.3.1",
      level: "required",
      rule: "Instances posted to /studies are stored and answered 200.",
      async run(session) {
        const { instances } = storable(session).studies[1]!;
        const parts = instances.map((instance) => filePart(session, instance));
        const answer = await stow(session, parts);
        await settle(session);
        ensureStatus(answer, 200);
      },
    },
    {
      id: "store.module",
      clause: "10.5.3.3, I.1",
      level: "required",
      rule:
        "The answer is a Store Instances Response Module that names every instance by its UIDs.",
      run(session) {
        const module = moduleOf(stored(session));
        for (const instance of storable(session).studies[0]!.instances) {
          const item = itemAbout(module, "ReferencedSOPSequence", instance);
          ensure(item !== undefined, "The Referenced SOP Sequence does not name every instance.");
          ensure(
            textIn(item, "ReferencedSOPClassUID") === instance.SOPClassUID,
            "A Referenced SOP Class UID is not that of the instance.",
          );
        }
        ensure(
          itemsIn(module, "FailedSOPSequence").length === 0,
          "There is a Failed SOP Sequence though nothing failed.",
        );
      },
    },
    {
      id: "store.module.retrieve-url",
      clause: "I.1 (type 2)",
      level: "required",
      rule: "Retrieve URL is there for the study and for each instance, be it empty.",
      run(session) {
        const module = moduleOf(stored(session));
        ensure(attributeIn(module, "RetrieveURL") !== undefined, "The study has no Retrieve URL.");
        const items = itemsIn(module, "ReferencedSOPSequence");
        const lacking = items.filter((item) => attributeIn(item, "RetrieveURL") === undefined);
        ensure(lacking.length === 0, "An instance has no Retrieve URL.");
      },
    },
    {
      id: "store.retrieve-url.works",
      clause: "I.1",
      level: "required",
      rule: "What Retrieve URL names can be retrieved there.",
      async run(session) {
        const answer = stored(session);
        const module = moduleOf(answer);
        const [item] = itemsIn(module, "ReferencedSOPSequence");
        const url = item === undefined ? "" : textIn(item, "RetrieveURL");
        if (url === "") notOffered("Retrieve URL is empty.");
        const own = session.http.own(url, answer);
        if (own === undefined) unchecked("Retrieve URL leads to another server.");
        const found = await session.http.send(own, {
          accept: `multipart/related; type="${DICOM_TYPE}"`,
        });
        ensureStatus(found, 200);
      },
    },
    {
      id: "store.location",
      clause: "10.5.3.2 (table 10.5.3-2)",
      level: "required",
      rule: "Content-Location and Location name what was created.",
      run(session) {
        const { headers } = stored(session);
        const missing = ["Location", "Content-Location"].filter((name) => !headers.has(name));
        ensure(missing.length === 0, `There is no ${missing.join(" and no ")} in the answer.`);
      },
    },
    {
      id: "store.xml",
      clause: "8.7.3.2 (table 8.7.3-3), 10.5.3",
      level: "required",
      rule: "The module comes in XML where XML is accepted.",
      async run(session) {
        const instance = scratch(session);
        const answer = await stow(session, [filePart(session, instance)], { accept: XML_TYPE });
        ensureStatus(answer, 200);
        ensureType(answer, XML_TYPE, "application/xml", "text/xml");
        const item = itemAbout(moduleOf(answer), "ReferencedSOPSequence", instance);
        ensure(item !== undefined, "The Referenced SOP Sequence does not name the instance.");
      },
    },
    {
      id: "store.again",
      clause: "10.5.3.1, I.1",
      level: "required",
      rule: "What is stored a second time is answered as stored, or as failed with a reason.",
      async run(session) {
        const instance = storable(session).studies[1]!.instances[0]!;
        const answer = await stow(session, [filePart(session, instance)]);
        ensureStatus(answer, 200, 202, 409);
        // An answer that says failure need not say more (10.5.3.3).
        if (answer.status === 409) return;
        const module = moduleOf(answer);
        const failed = itemAbout(module, "FailedSOPSequence", instance);
        if (failed !== undefined) {
          ensure(answer.status !== 200, "It is answered with 200 and named as failed.");
          return ensureReason(failed);
        }
        const kept = itemAbout(module, "ReferencedSOPSequence", instance);
        ensure(kept !== undefined, "The answer does not name the instance.");
      },
    },
    accepted("store.chunked", "10.5.1.3 (table 10.5.1-2)", "A body of unknown length is stored.", {
      chunked: true,
    }),
    accepted(
      "store.unquoted",
      "8.7.1",
      "The parameter type of multipart/related is taken without quotes.",
      { unquoted: true },
    ),
    {
      id: "store.single",
      clause: "10.5.4",
      level: "optional",
      rule: "One file is stored without multipart around it.",
      async run(session) {
        const instance = scratch(session);
        const { body } = filePart(session, instance);
        const answer = await session.http.send("/studies", {
          method: "POST",
          accept: "application/dicom+json",
          headers: { "Content-Type": DICOM_TYPE },
          body: new Uint8Array(body),
        });
        if (answer.status !== 200) notOffered(`It is answered with ${answer.status}.`);
      },
    },
    {
      id: "store.class",
      clause: "10.5.3.1, I.2.2",
      level: "required",
      rule: "An instance of an unknown SOP Class is stored, or refused with 409.",
      async run(session) {
        const instance = changed(scratch(session), { SOPClassUID: newUID() });
        const answer = await stow(session, [filePart(session, instance)]);
        ensureStatus(answer, 200, 202, 409);
        if (answer.status === 409) return;
        const module = moduleOf(answer);
        const failed = itemAbout(module, "FailedSOPSequence", instance);
        if (failed !== undefined) return ensureReason(failed);
        const kept = itemAbout(module, "ReferencedSOPSequence", instance);
        ensure(kept !== undefined, "The answer does not name the instance.");
      },
    },
  ];
}

function accepted(
  id: string,
  clause: string,
  rule: string,
  options: { readonly chunked?: boolean; readonly unquoted?: boolean },
): Check {
  return {
    id,
    clause,
    level: "required",
    rule,
    async run(session) {
      ensureStatus(await stow(session, [filePart(session, scratch(session))], options), 200);
    },
  };
}

/** A new instance of the study on which stores are tried, so that the others stay as they were made. */
export function scratch(session: Session): SampleInstance {
  const [model] = storable(session).studies[0]!.instances;
  if (model === undefined) unchecked("There is nothing to store.");
  return changed(anotherInstance(model, 1), {
    StudyInstanceUID: session.scratchUID,
    SeriesInstanceUID: newUID(),
    PatientID: "GANTRY-CONFORM",
  });
}

/** Waits until everything that was stored is found; where that took too long once, not again. */
async function settle(session: Session): Promise<void> {
  const end = performance.now() + session.settleWithin;
  const studies = session.own?.studies ?? [];
  const wanted = studies.filter(({ StudyInstanceUID }) => session.left.has(StudyInstanceUID));
  for (const instance of wanted.flatMap(({ instances }) => instances)) {
    const metadata = `${seriesPath(instance)}/instances`;
    const query = { SOPInstanceUID: instance.SOPInstanceUID };
    for (;;) {
      const answer = await session.http.send(metadata, { query, accept: "application/dicom+json" });
      const isThere = answer.status === 200 &&
        new TextDecoder().decode(answer.body).includes(instance.SOPInstanceUID);
      if (isThere) break;
      if (performance.now() >= end) {
        session.settleWithin = 0;
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_AFTER));
    }
  }
}

/** Fails where an instance can be retrieved that was said not to be stored. */
export async function ensureAbsent(session: Session, instance: SampleInstance): Promise<void> {
  const answer = await session.http.send(`${instance.path}/metadata`, {
    accept: "application/dicom+json",
  });
  if (answer.status === 200) fail("The instance is stored all the same.");
}
