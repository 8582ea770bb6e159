import type { ServiceProfile } from './profile';

export const auth: ServiceProfile = {
  sigma: 0.5,
  endpoints: {
    login: {
      method: 'POST',
      path: '/v1/sessions',
      status: 201,
      medianMs: 85,
      messages: ['session {} opened', 'password accepted, session {} opened'],
    },
    verify: { method: 'GET', path: '/v1/tokens/{}', status: 200, medianMs: 6, messages: ['token {} is valid'] },
    refresh: { method: 'PUT', path: '/v1/tokens/{}', status: 200, medianMs: 18, messages: ['token {} renewed'] },
    logout: { method: 'DELETE', path: '/v1/sessions/{}', status: 204, medianMs: 9, messages: ['session {} closed'] },
  },
  details: [
    'signing key kid-{} read from cache',
    'password hash of session {} compared',
    'scopes of token {} resolved',
  ],
  failures: [
    { code: 'AUTH_INVALID_CREDENTIALS', level: 'warn', status: 401, message: 'invalid credentials for session {}' },
    { code: 'AUTH_TOKEN_EXPIRED', level: 'warn', status: 401, message: 'token {} has expired' },
    { code: 'AUTH_FORBIDDEN', level: 'warn', status: 403, message: 'scope "orders:write" is missing in token {}' },
    { code: 'AUTH_KEY_STORE_ERROR', level: 'error', status: 500, message: 'key store refused key kid-{}' },
    { code: 'AUTH_SIGNING_KEY_LOST', level: 'fatal', status: 500, message: 'no signing key left, kid-{} was the last' },
  ],
  outage: [
    {
      code: 'AUTH_DIRECTORY_UNAVAILABLE',
      level: 'error',
      status: 503,
      message: 'directory does not answer for session {}',
    },
  ],
};
