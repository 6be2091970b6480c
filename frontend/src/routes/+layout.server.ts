import { unwrapOptional } from '#lib/server/results.ts';
import type { LayoutServerLoad } from './$types';

/** Who is here and what is new for them. Reads the address, so that every navigation brings a fresh count. */
export const load: LayoutServerLoad = async ({ locals, url }) => {
	void url.pathname;
	// When it can't be known the frame shows nobody, and the page inside says what is wrong.
	const viewer = await locals.viewer().catch(() => null);
	const unread = viewer ? await unwrapOptional(locals.api.GET('/notifications/unread-count')) : null;
	return { viewer, unread: unread?.count ?? 0, now: Date.now() };
};
