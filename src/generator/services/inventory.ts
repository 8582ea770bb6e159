import type { ServiceProfile } from './profile';

export const inventory: ServiceProfile = {
  sigma: 0.65,
  endpoints: {
    stock: {
      method: 'GET',
      path: '/v1/stock/{}',
      status: 200,
      medianMs: 22,
      messages: ['stock of item {} read', 'stock of item {} read, low'],
    },
    search: { method: 'GET', path: '/v1/items/search', status: 200, medianMs: 70, messages: ['search {} answered'] },
    reserve: { method: 'POST', path: '/v1/reservations', status: 201, medianMs: 45, messages: ['reservation {} made'] },
    release: {
      method: 'DELETE',
      path: '/v1/reservations/{}',
      status: 204,
      medianMs: 25,
      messages: ['reservation {} released'],
    },
  },
  details: ['shard for item {} chosen', 'warehouse list for item {} sorted', 'row lock on item {} taken'],
  failures: [
    { code: 'INVENTORY_ITEM_UNKNOWN', level: 'warn', status: 404, message: 'item {} is unknown' },
    { code: 'INVENTORY_OUT_OF_STOCK', level: 'warn', status: 409, message: 'item {} is out of stock' },
    { code: 'INVENTORY_LOCK_FAILED', level: 'error', status: 500, message: 'row lock on item {} was lost' },
    {
      code: 'INVENTORY_WAREHOUSE_TIMEOUT',
      level: 'error',
      status: 504,
      message: 'warehouse did not answer for item {}',
      atLeastMs: 4000,
    },
    {
      code: 'INVENTORY_COUNT_NEGATIVE',
      level: 'fatal',
      status: 500,
      message: 'count of item {} became negative, writes stopped',
    },
  ],
  outage: [
    {
      code: 'INVENTORY_WAREHOUSE_UNAVAILABLE',
      level: 'error',
      status: 503,
      message: 'warehouse is unreachable for item {}',
    },
  ],
};
