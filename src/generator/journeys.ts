import type { Service } from './services';

/** A call to one endpoint of one service. */
export interface Hop {
  service: Service;
  endpoint: string;
}

/** What one call to the gateway sets off: it asks the other services in parallel and answers last. */
export interface Journey {
  /** How often, relative to the others. */
  weight: number;
  /** No service twice, so that request id and service together name one log. The gateway is the last. */
  hops: readonly Hop[];
}

/** The longest journey there may be; bounds how long a request lasts. */
export const MAX_HOPS = 5;

const journey = (weight: number, gateway: string, ...calls: [Service, string][]): Journey => ({
  weight,
  hops: [
    ...calls.map(([service, endpoint]) => ({ service, endpoint })),
    { service: 'api-gateway' as const, endpoint: gateway },
  ],
});

export const JOURNEYS: readonly Journey[] = [
  journey(4, 'health'),
  journey(8, 'login', ['auth', 'login'], ['user', 'profile']),
  journey(3, 'login', ['auth', 'refresh']),
  journey(2, 'login', ['auth', 'logout']),
  journey(16, 'profile', ['auth', 'verify'], ['user', 'profile']),
  journey(5, 'profile', ['auth', 'verify'], ['user', 'update']),
  journey(4, 'profile', ['user', 'preferences']),
  journey(14, 'search', ['inventory', 'search']),
  journey(14, 'item', ['inventory', 'stock'], ['user', 'preferences']),
  journey(8, 'cart', ['auth', 'verify'], ['inventory', 'reserve']),
  journey(3, 'cart', ['auth', 'verify'], ['inventory', 'release']),
  journey(8, 'checkout', ['auth', 'verify'], ['user', 'addresses'], ['inventory', 'reserve'], ['payment', 'authorise']),
  journey(4, 'checkout', ['inventory', 'stock'], ['payment', 'capture']),
  journey(7, 'order', ['auth', 'verify'], ['payment', 'status']),
  journey(2, 'refund', ['auth', 'verify'], ['payment', 'refund']),
];

/** Mean number of logs a journey writes, by weight. */
export function meanHops(journeys: readonly Journey[]): number {
  const weight = journeys.reduce((sum, one) => sum + one.weight, 0);
  return journeys.reduce((sum, one) => sum + one.weight * one.hops.length, 0) / weight;
}
