import { redirect } from '@sveltejs/kit';
import { requireViewer } from '#lib/server/guard.ts';
import { noteView } from '#lib/server/notifications.ts';
import { listView } from '#lib/server/profile.ts';
import { unwrap } from '#lib/server/results.ts';
import type { Actions, PageServerLoad } from './$types';

const ROWS = 30;

export const load: PageServerLoad = async (event) => {
	await requireViewer(event);
	const { locals, url } = event;
	const query = { limit: ROWS, cursor: url.searchParams.get('cursor') ?? undefined };
	return {
		list: listView(await unwrap(locals.api.GET('/notifications', { params: { query } }), url), noteView)
	};
};

export const actions: Actions = {
	/** Page by page until a page has nothing unread: what is older was read before. */
	markAll: async ({ locals, url }) => {
		let cursor: string | undefined;
		do {
			const query = { limit: 50, cursor };
			const page = await unwrap(locals.api.GET('/notifications', { params: { query } }), url);
			const unread = page.items.filter((note) => !note.read);
			await Promise.all(
				unread.map(({ id }) => locals.api.PUT('/notifications/{id}/read', { params: { path: { id } } }))
			);
			cursor = unread.length > 0 ? (page.nextCursor ?? undefined) : undefined;
		} while (cursor);
		redirect(303, '/notifications');
	}
};
