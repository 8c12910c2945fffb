/**
 * SOP Class Extended Negotiation of the service classes that are served: what each byte of the
 * service-class application information asks for, and what is answered (PS3.4 B.3.1, C.5).
 * @module
 */

/**
 * The answer for storage (PS3.4 B.3.1), whatever was asked: a Level 2 (Full) SCP that keeps digital
 * signatures intact, since it stores data sets bit for bit (Level 3), and coerces no element.
 */
export function answerStorage(): Uint8Array {
  const [level, signatures, coercion, reserved] = [2, 3, 0, 0];
  return Uint8Array.of(level, reserved, signatures, reserved, coercion, reserved);
}

/**
 * The answer to flags of query/retrieve (PS3.4 C.5.1.1, C.5.2.1, C.5.3.1), of which each byte asks for
 * one thing: 1 where it was asked for and is supported. As long as what was asked.
 *
 * @param supported which of the flags are, in the order of the bytes
 */
export function answerFlags(asked: Uint8Array, supported: readonly boolean[]): Uint8Array {
  return asked.map((flag, index) => flag === 1 && supported[index] === true ? 1 : 0);
}
