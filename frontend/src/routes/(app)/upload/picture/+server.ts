import { streamToApi } from '#lib/server/uploads.ts';
import type { RequestHandler } from './$types';

/** Takes a picture before the post is written, so that the browser can show how far it has come. */
export const POST: RequestHandler = (event) => streamToApi(event);
