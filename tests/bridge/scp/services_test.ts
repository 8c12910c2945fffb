import { assertEquals } from "@std/assert";
import type { Services } from "../../../bridge/net/association.ts";
import { echoService } from "../../../bridge/scp/echo.ts";
import { createServices } from "../../../bridge/scp/services.ts";
import { serviceOf } from "../../../lib/config/served.ts";
import { type Service, SERVICES } from "../../../lib/config/remote_aes.ts";
import { IMPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/dicom/uids.ts";
import { COMMAND, NO_DATA_SET } from "../../../lib/dimse/command.ts";
import { QUERY_RETRIEVE, VERIFICATION } from "../../../lib/dimse/sop_classes.ts";
import { STATUS } from "../../../lib/dimse/status.ts";
import { incoming, perform, recordAssociation } from "../../support/recorded_association.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";

/** What becomes of a command on a context: the service that it went to, or the status that was answered. */
async function routed(CommandField: number, abstractSyntax: string): Promise<Service | number> {
  let asked: Service | undefined;
  const named = (name: Service): Services => () => ({
    run() {
      asked = name;
      return Promise.resolve();
    },
  });
  const table = Object.fromEntries(SERVICES.map((name) => [name, named(name)]));
  const services = createServices(table as Record<Service, Services>);
  const association = recordAssociation();
  const command = { CommandField, CommandDataSetType: NO_DATA_SET, MessageID: 1 };
  const request = incoming(association, abstractSyntax, IMPLICIT_VR_LITTLE_ENDIAN, command);
  await perform(services(request), new Uint8Array());
  return asked ?? association.sent[0]?.command.Status ?? -1;
}

Deno.test("createServices: a request goes to the service of its context", async () => {
  assertEquals(await routed(COMMAND["C-ECHO-RQ"], VERIFICATION), "echo");
  assertEquals(await routed(COMMAND["C-STORE-RQ"], CT), "store");
  assertEquals(await routed(COMMAND["C-FIND-RQ"], QUERY_RETRIEVE.patient.find), "find");
  assertEquals(await routed(COMMAND["C-MOVE-RQ"], QUERY_RETRIEVE.study.move), "move");
  assertEquals(await routed(COMMAND["C-GET-RQ"], QUERY_RETRIEVE.study.get), "get");
});

Deno.test("createServices: what a context is not for is answered with 0211", async () => {
  const unrecognized = STATUS.unrecognizedOperation;
  assertEquals(await routed(COMMAND["C-STORE-RQ"], VERIFICATION), unrecognized);
  assertEquals(await routed(COMMAND["C-MOVE-RQ"], QUERY_RETRIEVE.study.find), unrecognized);
  assertEquals(await routed(COMMAND["N-CREATE-RQ"], CT), unrecognized);
  assertEquals(await routed(0x0777, CT), unrecognized);
});

Deno.test("serviceOf: private classes are storage, but the one that ends DCMTK's servers", () => {
  assertEquals(serviceOf("1.2.826.0.1.3680043.10.1.99"), "store");
  assertEquals(serviceOf("1.2.276.0.7230010.3.4.1915765545.18030.917282194.0"), undefined);
  assertEquals(serviceOf("1.2.840.10008.1.20.1"), undefined);
});

Deno.test("echoService: answers success", async () => {
  const association = recordAssociation();
  const command = { CommandField: COMMAND["C-ECHO-RQ"], CommandDataSetType: NO_DATA_SET };
  const request = incoming(association, VERIFICATION, IMPLICIT_VR_LITTLE_ENDIAN, command);
  await perform(echoService(request), new Uint8Array());
  assertEquals(association.sent.map(({ command }) => command.Status), [STATUS.success]);
});
