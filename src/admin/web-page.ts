import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import helmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import type { FastifyError, FastifyInstance } from 'fastify'
import { Refusal } from '../errors.ts'
import { answerRefusal, toRefusal } from '../problem-answers.ts'

/** Where the build puts the page; the same from `src` and from `dist`. */
const BUILT_PAGE = resolve(import.meta.dirname, '../../dist/web')

/** Scripts, styles and pictures of this address alone; nothing inline; nobody may frame the page. */
const POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
}

/** `GET /`: the admin page. Its other files have the hash of what is in them in their names, and are kept for ever. */
export async function webPage(app: FastifyInstance): Promise<void> {
  app.setErrorHandler((error: FastifyError, request, reply) =>
    answerRefusal(fileRefusal(error), request, reply),
  )
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    frameguard: { action: 'deny' },
    // The listener may be plain http in a private network; whoever ends TLS in front decides.
    strictTransportSecurity: false,
  })
  await app.register(fastifyStatic, {
    root: resolve(BUILT_PAGE, 'assets'),
    prefix: '/assets/',
    index: false,
    // Of each file there are smaller forms beside it, made by the build.
    preCompressed: true,
    immutable: true,
    maxAge: '365d',
    logLevel: 'error',
  })
  app.get('/', { schema: { hide: true } }, async function getPage(_request, reply) {
    if (!existsSync(resolve(BUILT_PAGE, 'index.html')))
      throw new Refusal('not-found', 'The admin page is not built: run npm run build.')
    // Else a browser would hold on to the names of files that a new version does not have.
    return await reply.header('cache-control', 'no-store').sendFile('index.html', BUILT_PAGE, {
      cacheControl: false,
    })
  })
}

/** Paths that lead out of the folder, to a folder, or nowhere. */
function fileRefusal(error: FastifyError): Refusal {
  if ((error.statusCode ?? 500) >= 500) return toRefusal(error)
  return new Refusal('not-found', 'The admin page has no such file.')
}
