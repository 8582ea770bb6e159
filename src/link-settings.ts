import { z } from 'zod';
import { path, secret, setting, text } from './setting';

/** How Elasticsearch and Temporal are reached beyond one machine; Kafka's are among its own settings. */

export const elasticsearchLinkSettings = {
  apiKey: setting(
    'ELASTICSEARCH_API_KEY',
    secret,
    'Encoded API key; never printed. Without https it goes in the clear.',
  ),
  apiKeyFile: setting('ELASTICSEARCH_API_KEY_FILE', path, 'File that holds the API key instead.'),
  username: setting('ELASTICSEARCH_USERNAME', text.optional(), 'User to log in as, where there is no API key.'),
  password: setting('ELASTICSEARCH_PASSWORD', secret, 'Password of that user; never printed.'),
  passwordFile: setting('ELASTICSEARCH_PASSWORD_FILE', path, 'File that holds the password instead.'),
  ca: setting('ELASTICSEARCH_CA', path, "PEM file with the cluster's certificate authority; else the system's."),
  cert: setting('ELASTICSEARCH_CERT', path, 'PEM file with a client certificate.'),
  key: setting('ELASTICSEARCH_KEY', path, 'PEM file with the key of the client certificate.'),
} as const;

export const temporalLinkSettings = {
  tls: setting('TEMPORAL_TLS', z.stringbool().default(false), 'Talks to Temporal over TLS.'),
  tlsCa: setting('TEMPORAL_TLS_CA', path, "PEM file with the frontend's certificate authority; else the system's."),
  tlsCert: setting('TEMPORAL_TLS_CERT', path, 'PEM file with a client certificate.'),
  tlsKey: setting('TEMPORAL_TLS_KEY', path, 'PEM file with the key of the client certificate.'),
  apiKey: setting('TEMPORAL_API_KEY', secret, 'API key of the namespace; never printed.'),
  apiKeyFile: setting('TEMPORAL_API_KEY_FILE', path, 'File that holds the API key instead.'),
} as const;
