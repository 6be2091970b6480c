import { error } from '@sveltejs/kit';
import { streamUpload } from '#lib/server/uploads.ts';
import type { RequestHandler } from './$types';

/** Names the API gives out, renditions included; anything else is not asked for. */
const PATH = /^[0-9a-f]{32}(\.[a-z]{3,4})?(\/\d{2,4}\.(webp|jpg))?$/;

export const GET: RequestHandler = (event) => {
	if (!PATH.test(event.params.path)) error(404);
	return streamUpload(event, event.params.path);
};
