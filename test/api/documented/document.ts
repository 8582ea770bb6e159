import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

interface Media {
  schema?: object;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface Parameter {
  name: string;
  in: 'query' | 'path' | 'header';
  description?: string;
  required?: boolean;
  schema: { example?: unknown };
}

export interface Operation {
  operationId: string;
  summary: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media>; headers?: object }>;
}

/** The OpenAPI document as GET /openapi.json serves it. */
export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

/** An operation of the document by its place. */
export interface Place {
  method: string;
  path: string;
  operation: Operation;
}

export function operationsOf({ paths }: OpenApiDocument): Place[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ method, path, operation: item[method] }] : [])),
  );
}

/** What came back, as far as the document speaks of it. */
export interface SeenAnswer {
  status: number;
  /** Without parameters; empty when there was no body. */
  type: string;
  body: unknown;
}

/** Holds answers against a document. */
export interface AnswerCheck {
  /** The operation that answers at an address, or undefined. */
  find(method: string, path: string): Place | undefined;
  /** What the document does not say of an answer; empty when it says all of it. */
  check(place: Place, answer: SeenAnswer): string[];
  /** Whether a value is what a schema of the document says; `at` is a JSON pointer into it. */
  fits(at: string, value: unknown): string[];
}

export function createAnswerCheck(document: OpenApiDocument): AnswerCheck {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  ajv.addSchema(document, 'openapi');
  const compiled = new Map<string, ValidateFunction>();
  const fits = (at: string, value: unknown) => {
    let validate = compiled.get(at);
    if (!validate) compiled.set(at, (validate = ajv.compile({ $ref: `openapi#${at}` })));
    return validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };
  const places = operationsOf(document);
  return {
    fits,
    find: (method, path) => bestOf(places, method.toLowerCase(), path),
    check({ method, path, operation }, { status, type, body }) {
      const documented = operation.responses[status];
      const where = `${method.toUpperCase()} ${path} ${status}`;
      if (!documented) return [`${where} is not documented`];
      if (!documented.content) return type === '' ? [] : [`${where} has a body`];
      const media = documented.content[type];
      if (!media) return [`${where} is not documented as ${type || 'empty'}`];
      if (!/[/+]json$/.test(type)) return [];
      const at = `/paths/${pointer(path)}/${method}/responses/${status}/content/${pointer(type)}/schema`;
      const wrong = fits(at, body).map((error) => `${where}: ${error}`);
      const { code } = (body ?? {}) as { code?: string };
      if (type === 'application/problem+json' && !Object.hasOwn(media.examples ?? {}, code ?? '')) {
        wrong.push(`${where} ${code} is not documented`);
      }
      return wrong;
    },
  };
}

/** As JSON pointers in the fragment of an address write a name. */
export function pointer(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** Of several templates that fit, the one with the fewest braces: /logs/stats before /logs/{id}. */
function bestOf(places: readonly Place[], method: string, path: string): Place | undefined {
  const fitting = places.filter((place) => place.method === method && patternOf(place.path).test(path));
  const braces = (place: Place) => place.path.split('{').length;
  return fitting.sort((a, b) => braces(a) - braces(b))[0];
}

function patternOf(path: string): RegExp {
  const text = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${text}/?$`);
}
