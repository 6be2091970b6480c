import type { RequestHandler } from './$types';

/** This process answers. Whether the API does is the API's to say. */
export const GET: RequestHandler = () => new Response(null, { status: 204 });
