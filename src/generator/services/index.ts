import type { ServiceProfile } from './profile';
import { gateway } from './api-gateway';
import { auth } from './auth';
import { inventory } from './inventory';
import { payment } from './payment';
import { user } from './user';

/** The simulated system as data: five services, what they serve, what they say and how they fail. */
export const SERVICES = ['api-gateway', 'auth', 'user', 'inventory', 'payment'] as const;
export type Service = (typeof SERVICES)[number];

export const PROFILES: Record<Service, ServiceProfile> = { 'api-gateway': gateway, auth, user, inventory, payment };

/** Levels of a service's own logs, in percent. What the gateway reports about others comes on top. */
export const LEVEL_WEIGHTS = { trace: 3, debug: 12, info: 80, warn: 4, error: 0.9, fatal: 0.1 } as const;
