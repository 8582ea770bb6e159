import { isHttpError } from 'http-errors';
import type { Middleware } from 'koa';
import mount from 'koa-mount';
import serve from 'koa-static';
import { getAbsoluteFSPath } from 'swagger-ui-dist';
import { Problem } from './problem';

/** Replaces the initializer of the package, which shows somebody's pet shop. */
const INITIALIZER = `window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: 'StandaloneLayout',
  });
};
`;

/** Swagger UI under /docs, from this machine alone. */
export function docs(): Middleware {
  const files = mount('/docs', serve(getAbsoluteFSPath(), { maxage: 3_600_000 }));
  return async (ctx, next) => {
    const reading = ctx.method === 'GET' || ctx.method === 'HEAD';
    if (reading && ctx.path === '/docs') return ctx.redirect('/docs/');
    if (reading && ctx.path === '/docs/swagger-initializer.js') {
      ctx.type = 'text/javascript';
      ctx.body = INITIALIZER;
      return;
    }
    try {
      await files(ctx, next);
    } catch (error) {
      // What the file server calls malformed or forbidden is nothing that exists here.
      if (ctx.path.startsWith('/docs/') && isHttpError(error) && error.status < 500) {
        throw new Problem('not_found', 'There is no such page of the documentation.', [], { cause: error });
      }
      throw error;
    }
  };
}
