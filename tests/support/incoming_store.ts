/**
 * C-STORE requests as the association's driver hands them to a service, without a network.
 * @module
 */
import type { Association, Services } from "../../bridge/net/association.ts";
import { COMMAND, type Command, DATA_SET_FOLLOWS } from "../../lib/dimse/command.ts";
import { SYNTAX } from "./part10_builder.ts";

/** SOP class of the images that part10_builder.ts makes. */
export const CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2";

/** A request. */
export interface StoreRequest {
  readonly SOPInstanceUID?: string;
  readonly SOPClassUID?: string;
  /** Explicit VR Little Endian without it. */
  readonly transferSyntax?: string;
  readonly dataSet: Uint8Array;
  /** Bytes of the pieces in which it comes: those of a PDU without it. */
  readonly pieceBytes?: number;
  /** Fields of the command that are otherwise. */
  readonly command?: Partial<Command>;
  readonly callingAETitle?: string;
  readonly calledAETitle?: string;
}

/** An association that keeps what is sent on it. */
export interface TestAssociation {
  readonly association: Association;
  readonly sent: Command[];
  /** It ends, as the driver would see it. */
  end(): void;
}

/** An association on which services can answer. */
export function testAssociation(calling = "MODALITY", called = "GANTRY"): TestAssociation {
  const sent: Command[] = [];
  const ending = new AbortController();
  const unused = () => {
    throw new Error("A store needs no more of an association than to send");
  };
  return {
    sent,
    end: () => ending.abort(),
    association: {
      id: 1,
      localAETitle: called,
      peer: {
        AETitle: calling,
        address: "127.0.0.1",
        port: 104,
        ImplementationClassUID: undefined,
        ImplementationVersionName: undefined,
      },
      contexts: [],
      get peerInformation() {
        return unused();
      },
      window: 1,
      nextMessageID: unused,
      send(_context, command) {
        sent.push(command);
        return Promise.resolve();
      },
      request: unused,
      release: unused,
      abort: unused,
      signal: ending.signal,
      get ended() {
        return unused();
      },
    },
  };
}

/** Begins a request, and hands over its data set up to `until`; what the driver does next is up to the test. */
export async function beginStore(
  service: Services,
  request: StoreRequest,
  { association }: TestAssociation,
  until = Infinity,
) {
  const { dataSet, pieceBytes = 65_530, transferSyntax = SYNTAX.explicit } = request;
  const operation = service({
    association,
    context: {
      id: 1,
      abstractSyntax: CT_IMAGE_STORAGE,
      transferSyntax,
      isOursToRequest: false,
      isPeersToRequest: true,
    },
    command: {
      CommandField: COMMAND["C-STORE-RQ"],
      CommandDataSetType: DATA_SET_FOLLOWS,
      MessageID: 7,
      AffectedSOPClassUID: request.SOPClassUID ?? CT_IMAGE_STORAGE,
      ...(request.SOPInstanceUID === undefined
        ? {}
        : { AffectedSOPInstanceUID: request.SOPInstanceUID }),
      ...request.command,
    },
  });
  // The driver reads into the same memory again as soon as a piece has been taken.
  const memory = new Uint8Array(pieceBytes);
  for (let at = 0; at < Math.min(until, dataSet.length); at += pieceBytes) {
    const piece = memory.subarray(0, Math.min(pieceBytes, dataSet.length - at));
    piece.set(dataSet.subarray(at, at + piece.length));
    await operation.write?.(piece);
    memory.fill(0xaa);
  }
  return operation;
}

/** Stores one instance from its first piece to the response, which it answers. */
export async function store(service: Services, request: StoreRequest): Promise<Command> {
  const peer = testAssociation(request.callingAETitle, request.calledAETitle);
  const operation = await beginStore(service, request, peer);
  await operation.run();
  const [response, ...more] = peer.sent;
  if (response === undefined || more.length > 0) throw new Error("A store has one response");
  return response;
}
