import { createHmac } from 'node:crypto';
import { bodyParser } from '@koa/bodyparser';
import cors from '@koa/cors';
import Router from '@koa/router';
import Koa from 'koa';
import compress from 'koa-compress';
import helmet from 'koa-helmet';
import { guard } from './access/guard';
import { knownHost, knownOrigin } from './access/known-host';
import { createLimits } from './access/limits';
import { operationLog } from './access/operation-log';
import { docs } from './docs';
import { errorHandler, limitUrl } from './error-handler';
import { createCursors } from './logs/cursor';
import { readCursorSecrets } from './logs/cursor-secrets';
import { createPageReader } from './logs/read-page';
import { describeRoutes } from './openapi';
import { createFactGatherer, type GatheredFacts } from './pipeline/gather-facts';
import type { AppDeps } from './ports';
import { Problem } from './problem';
import { refuseMethods } from './refuse-methods';
import { requestLog } from './request-log';
import type { Route } from './route';
import { auditRoutes } from './routes/audit';
import { ledgerRoutes } from './routes/ledger';
import { deadLetterRoutes } from './routes/dead-letters';
import { logFigureRoutes } from './routes/log-figures';
import { logExportRoutes } from './routes/log-export';
import { exportFileRoutes } from './routes/log-export-file';
import { exportMessageRoutes } from './routes/log-export-messages';
import { longExportRoutes } from './routes/log-exports';
import { logRecordRoutes } from './routes/log-records';
import { logStreamRoutes } from './routes/log-stream';
import { logRoutes, type LogRouteDeps } from './routes/logs';
import { metricsRoute } from './routes/metrics';
import { operationRoutes } from './routes/operations';
import { pipelineRoutes } from './routes/pipeline';
import { redriveRoutes } from './routes/redrives';
import { replayRoutes } from './routes/replays';
import { retentionRoutes } from './routes/retention';
import { serviceRoutes } from './routes/service';
import { epochRoutes, topicsRoute } from './routes/topics';
import { serialiseOnce } from './serialise-once';
import { routesByTopic } from './by-topic/routes-by-topic';

const BODY_LIMIT = '16kb';
const NO_LIMITS = createLimits({ ratePerSecond: 0, heavyAtOnce: 0 });

/**
 * The API without a listening socket: all it talks to is handed in.
 *
 * @param others what it talks to of further topics; what is no topic's own is taken of the first
 */
export function createApp(deps: AppDeps, others: readonly AppDeps[] = []): Koa {
  const app = new Koa();
  // The handler below answers; this one is left with what fails while an answer is being sent.
  app.silent = true;
  app.on('error', (error: Error) => deps.logger.debug({ error: error.message }, 'answer not sent'));
  const routes = createRoutes([deps, ...others]);
  const { corsOrigins, allowedHosts = [] } = deps.settings;
  const router = createRouter(routes, deps);
  app.use(requestLog(deps.logger));
  if (deps.metrics) app.use(deps.metrics.watch);
  app.use(operationLog(deps.logger));
  app.use(securityHeaders());
  app.use(allowOrigins(corsOrigins));
  app.use(compress({ br: false, threshold: 1024 }));
  app.use(serialiseOnce);
  app.use(errorHandler(deps.logger));
  app.use(limitUrl);
  app.use(knownHost(allowedHosts));
  app.use(knownOrigin(corsOrigins));
  app.use(docs());
  app.use(refuseMethods());
  app.use(router.routes());
  return app;
}

function createRoutes(all: readonly AppDeps[]): Route[] {
  let document: object | undefined;
  const [first] = all;
  const describe = () => (document ??= describeRoutes(routes, first!.version));
  const topics = all.map((deps) => ({ deps, gather: createFactGatherer(deps) }));
  const ofTopics = topics.map(({ deps, gather }) => ({
    topic: deps.settings.topic,
    routes: createTopicRoutes(deps, gather),
  }));
  const routes: Route[] = [
    ...serviceRoutes(first!, describe),
    metricsRoute(topics),
    topicsRoute(all),
    ...routesByTopic(ofTopics),
  ];
  return routes;
}

function createTopicRoutes(deps: AppDeps, gather: () => Promise<GatheredFacts>): Route[] {
  const searching = searchDeps(deps);
  return [
    ...logRoutes(searching),
    ...logFigureRoutes(searching),
    ...logStreamRoutes(deps, gather),
    ...(deps.settings.exports ? logExportRoutes(deps, deps.settings.exports) : []),
    ...exportDeskRoutes(deps),
    ...logRecordRoutes(searching),
    ...pipelineRoutes(gather, deps),
    ...operationRoutes(deps),
    ...ledgerRoutes(deps, gather),
    ...auditRoutes(deps),
    ...deadLetterRoutes(deps),
    ...redriveRoutes(deps),
    ...retentionRoutes(deps),
    ...replayRoutes(deps),
    ...epochRoutes(deps),
  ];
}

function exportDeskRoutes({ longExports: desk, ...deps }: AppDeps): Route[] {
  if (!desk) return [];
  return [longExportRoutes, exportMessageRoutes, exportFileRoutes].flatMap((routes) => routes({ ...deps, desk }));
}

function searchDeps({ logs, now = Date.now, settings }: AppDeps): LogRouteDeps {
  const secrets = settings.cursorSecrets ?? readCursorSecrets({});
  // A cursor leads on in its own topic alone.
  const cursors = createCursors(secrets.map((secret) => createHmac('sha256', secret).update(settings.topic).digest()));
  return { logs, now, readPage: createPageReader(cursors, now) };
}

function createRouter(routes: readonly Route[], { keys, limits = NO_LIMITS }: AppDeps): Router {
  const router = new Router();
  for (const { method, path: described, scope, cost = 1, run, body, bodyLimit } of routes) {
    const path = described.replace(/\{(\w+)\}/g, ':$1');
    const allowed = [guard(scope, keys, limits), limits.of(cost)];
    if (body) router[method](path, ...allowed, readJson(bodyLimit ?? BODY_LIMIT), run);
    else router[method](path, ...allowed, run);
  }
  return router;
}

function readJson(jsonLimit: string): Koa.Middleware {
  return bodyParser({
    enableTypes: ['json'],
    jsonLimit,
    onError: (error) => {
      if ('status' in error && error.status === 413) {
        throw new Problem('body_too_large', `At most ${jsonLimit} are read.`, [], { cause: error });
      }
      if ('status' in error && error.status === 415) {
        throw new Problem('unsupported_media_type', 'The body is in a coding that is not read.', [], { cause: error });
      }
      throw new Problem('invalid_body', 'The body is not valid JSON.', [], { cause: error });
    },
  });
}

/** The policy lets Swagger UI run and nothing from elsewhere; no upgrade to https, which the service does not speak. */
function securityHeaders(): Koa.Middleware {
  return helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  });
}

/** Lets the listed origins read answers; for others, and without a list, browsers keep them from the page. */
function allowOrigins(origins: readonly string[]): Koa.Middleware {
  return cors({
    origin: (ctx) => {
      const origin = ctx.get('Origin');
      return origins.includes(origin) ? origin : '';
    },
    allowMethods: 'GET,HEAD,POST',
    allowHeaders: ['Content-Type', 'Last-Event-ID', 'X-Request-Id', 'Authorization', 'X-API-Key', 'Range', 'If-Range'],
    exposeHeaders: [
      'X-Request-Id',
      'Retry-After',
      'WWW-Authenticate',
      'RateLimit',
      'RateLimit-Policy',
      'X-Sluice-Total',
      'Content-Range',
      'ETag',
    ],
    maxAge: 600,
  });
}
