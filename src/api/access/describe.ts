import { SCOPES } from '../../keys/scope';
import type { ProblemCode } from '../problem';
import type { Route } from '../route';

/** How OpenAPI writes the two headers that a key may come in. */
export const securitySchemes = {
  bearer: { type: 'http' as const, scheme: 'bearer', description: 'A key of this API, where keys are on.' },
  apiKey: { type: 'apiKey' as const, in: 'header' as const, name: 'X-API-Key', description: 'The same, for others.' },
};

/** The scope that a route asks for, as OpenAPI 3.1 lets it stand: the role a key must have. */
export function securityOf({ scope }: Pick<Route, 'scope'>) {
  return scope === 'open' ? [] : [{ bearer: [scope] }, { apiKey: [scope] }];
}

/** The problems that a request may meet before its route sees it. */
export function accessProblems({ method, scope }: Pick<Route, 'method' | 'scope'>): ProblemCode[] {
  // Every key has the least of scopes.
  const scoped: ProblemCode[] = scope === SCOPES[0] ? [] : ['scope_missing'];
  const keyed: ProblemCode[] = scope === 'open' ? [] : ['key_missing', 'key_refused', ...scoped];
  return [...keyed, ...(method === 'post' ? (['foreign_origin'] as const) : []), 'unknown_host', 'rate_limited'];
}
