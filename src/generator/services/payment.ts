import type { ServiceProfile } from './profile';

export const payment: ServiceProfile = {
  sigma: 0.7,
  endpoints: {
    authorise: {
      method: 'POST',
      path: '/v1/payments',
      status: 201,
      medianMs: 120,
      messages: ['payment {} authorised', 'payment {} authorised after 3-D Secure'],
    },
    capture: {
      method: 'POST',
      path: '/v1/payments/{}/capture',
      status: 202,
      medianMs: 95,
      messages: ['capture of payment {} accepted'],
    },
    refund: {
      method: 'POST',
      path: '/v1/payments/{}/refund',
      status: 202,
      medianMs: 110,
      messages: ['refund of payment {} accepted'],
    },
    status: { method: 'GET', path: '/v1/payments/{}', status: 200, medianMs: 16, messages: ['payment {} read'] },
  },
  details: ['risk score of payment {} computed', 'acquirer for payment {} chosen', 'ledger entry {} written'],
  failures: [
    { code: 'PAYMENT_INVALID_CARD', level: 'warn', status: 400, message: 'card of payment {} fails its check digit' },
    { code: 'PAYMENT_DECLINED', level: 'warn', status: 402, message: 'payment {} was declined by the issuer' },
    { code: 'PAYMENT_DUPLICATE', level: 'warn', status: 409, message: 'payment {} was sent twice' },
    { code: 'PAYMENT_LEDGER_ERROR', level: 'error', status: 500, message: 'ledger entry {} was not written' },
    {
      code: 'PAYMENT_PROVIDER_ERROR',
      level: 'error',
      status: 502,
      message: 'provider answered payment {} with an unknown status',
    },
    {
      code: 'PAYMENT_PROVIDER_TIMEOUT',
      level: 'error',
      status: 504,
      message: 'provider did not answer for payment {}',
      atLeastMs: 5000,
    },
    {
      code: 'PAYMENT_LEDGER_IMBALANCE',
      level: 'fatal',
      status: 500,
      message: 'ledger does not balance at entry {}, payments stopped',
    },
  ],
  outage: [
    {
      code: 'PAYMENT_PROVIDER_UNAVAILABLE',
      level: 'error',
      status: 503,
      message: 'provider is unreachable for payment {}',
    },
  ],
};
