import { unwrapOptional } from '#lib/server/results.ts';
import type { LayoutServerLoad } from './$types';

/** Who is here and what is new for them. Reads the address, so that every navigation brings a fresh count. */
export const load: LayoutServerLoad = async ({ locals, url }) => {
	void url.pathname;
	const viewer = await locals.viewer();
	const unread = viewer ? await unwrapOptional(locals.api.GET('/notifications/unread-count')) : null;
	return { viewer, unread: unread?.count ?? 0, now: Date.now() };
};
