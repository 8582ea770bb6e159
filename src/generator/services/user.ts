import type { ServiceProfile } from './profile';

export const user: ServiceProfile = {
  sigma: 0.6,
  endpoints: {
    profile: {
      method: 'GET',
      path: '/v1/users/{}',
      status: 200,
      medianMs: 14,
      messages: ['profile {} read', 'profile {} read from replica'],
    },
    update: { method: 'PATCH', path: '/v1/users/{}', status: 200, medianMs: 32, messages: ['profile {} changed'] },
    addresses: {
      method: 'GET',
      path: '/v1/users/{}/addresses',
      status: 200,
      medianMs: 20,
      messages: ['addresses of user {} read'],
    },
    preferences: {
      method: 'GET',
      path: '/v1/users/{}/preferences',
      status: 304,
      medianMs: 4,
      messages: ['preferences of user {} unchanged'],
    },
  },
  details: [
    'cache hit for profile {}',
    'cache miss for profile {}',
    'query "select * from users where id = {}" planned',
  ],
  failures: [
    { code: 'USER_NOT_FOUND', level: 'warn', status: 404, message: 'user {} does not exist' },
    { code: 'USER_EMAIL_TAKEN', level: 'warn', status: 409, message: 'e-mail of user {} is taken' },
    {
      code: 'USER_INVALID_ADDRESS',
      level: 'warn',
      status: 422,
      message: 'address of user {} has no postal code (Straße?)',
    },
    {
      code: 'USER_DB_QUERY_FAILED',
      level: 'error',
      status: 500,
      message: 'query for user {} failed: deadlock detected',
    },
    { code: 'USER_DB_TIMEOUT', level: 'error', status: 504, message: 'query for user {} timed out', atLeastMs: 3000 },
    { code: 'USER_DB_CORRUPT_PAGE', level: 'fatal', status: 500, message: 'page {} of table users is corrupt' },
  ],
  outage: [
    {
      code: 'USER_DB_UNAVAILABLE',
      level: 'error',
      status: 503,
      message: 'database refused the connection for user {}',
    },
    {
      code: 'USER_DB_POOL_EXHAUSTED',
      level: 'fatal',
      status: 503,
      message: 'no database connection left for user {}',
      atLeastMs: 5000,
    },
  ],
};
