/**
 * What an API key can allow. `bridge` is for the bridge's job interface.
 * @module
 */
export const KEY_SCOPES = ["read", "write", "delete", "bridge"] as const;

export type Scope = (typeof KEY_SCOPES)[number];
