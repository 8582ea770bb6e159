/**
 * What a key may do, from the least to the most; each scope includes those before it. `monitor`: figures without a log in
 * them. `read`: every log. `operate`: what can be undone or repeated. `admin`: what gives up or deletes records.
 */
export const SCOPES = ['monitor', 'read', 'operate', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** Whether a key of one scope may do what another scope is asked for. */
export function includes(held: Scope, wanted: Scope): boolean {
  return SCOPES.indexOf(held) >= SCOPES.indexOf(wanted);
}
