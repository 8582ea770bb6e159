import type { Middleware } from 'koa';
import mount from 'koa-mount';
import serve from 'koa-static';
import { getAbsoluteFSPath } from 'swagger-ui-dist';

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
    await files(ctx, next);
  };
}
