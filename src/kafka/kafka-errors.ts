import { KafkaJSError } from 'kafkajs';
import { PipelineError } from '../domain/errors';

/** True when a broker answered that it knows no such topic. */
export function isTopicMissing(error: unknown): boolean {
  return causes(error).some(({ type }) => type === 'UNKNOWN_TOPIC_OR_PARTITION');
}

/** Node's codes for a certificate that is not to be trusted. */
const CERTIFICATE =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT|ERR_SSL|ERR_OSSL)/;

/**
 * What a call to Kafka failed with, as one of our own errors: kafka_denied where somebody must mend a password, a right
 * or a certificate, with what to do; else kafka_unavailable with `what` did not work. Our own errors come through.
 */
export function kafkaFailure(error: unknown, what: string): PipelineError {
  if (error instanceof PipelineError) return error;
  const reason = denialOf(error);
  if (reason === undefined) return new PipelineError('kafka_unavailable', what, { cause: error });
  return new PipelineError('kafka_denied', reason, { cause: error });
}

/** Two crashes within this time, in ms, are a habit. */
const HABIT_MS = 5000;
/** So long after a crash that is a habit nothing is opened anew, in ms: what crashes at once would otherwise do so without end. */
const CALM_MS = 1000;

/** How the consumers of one reader have ended. */
export class Crashes {
  #last = -Infinity;
  #habit: Error | undefined;

  note(error: Error): void {
    const now = Date.now();
    this.#habit = now - this.#last < HABIT_MS ? error : undefined;
    this.#last = now;
  }

  /** @throws PipelineError kafka_unavailable, kafka_denied right after a crash that was not the first one */
  demandCalm(): void {
    if (this.#habit === undefined || Date.now() - this.#last >= CALM_MS) return;
    const { type, name } = causes(this.#habit).at(-1)!;
    throw kafkaFailure(this.#habit, `reading breaks off each time: ${type ?? name}`);
  }
}

/** Turns the failures of a call into kafka_denied that are one, and lets the others through. */
export function tellDenial<T>(call: Promise<T>): Promise<T> {
  return call.catch((error: unknown) => {
    const failure = kafkaFailure(error, '');
    throw failure.code === 'kafka_denied' ? failure : error;
  });
}

function denialOf(error: unknown): string | undefined {
  for (const { name, type = '', code = '', message } of causes(error)) {
    if (name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED') {
      return 'Kafka refuses the login: check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and the password';
    }
    if (type === 'UNSUPPORTED_SASL_MECHANISM' || type === 'ILLEGAL_SASL_STATE') {
      return 'Kafka does not take this KAFKA_SASL_MECHANISM';
    }
    if (type.endsWith('_AUTHORIZATION_FAILED')) return `Kafka refuses the user a right: ${type}`;
    // kafkajs keeps the code in its own field or, at times, in its words alone.
    if (CERTIFICATE.test(code) || /certificate/i.test(message)) {
      return "Kafka's certificate is not trusted, or ours is not: check KAFKA_SSL_CA, KAFKA_SSL_CERT and KAFKA_BROKERS";
    }
  }
  return undefined;
}

type Cause = Error & { type?: string; code?: string };

/** An error of kafkajs and the ones it wraps. */
function causes(error: unknown): Cause[] {
  const found: Cause[] = [];
  for (let one = error; one instanceof Error && found.length < 8; one = one.cause) {
    found.push(one);
    if (!(one instanceof KafkaJSError)) break;
  }
  return found;
}
