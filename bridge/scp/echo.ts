/**
 * C-ECHO as SCP (PS3.4 A, PS3.7 9.1.5).
 * @module
 */
import { cEchoRSP } from "../../lib/dimse/responses.ts";
import type { Services } from "../net/association.ts";

/** The service that answers C-ECHO-RQ: success, always. */
export const echoService: Services = ({ association, context, command }) => ({
  run: () => association.send(context.id, cEchoRSP(command)),
});
