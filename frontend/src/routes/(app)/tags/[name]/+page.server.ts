import { requireViewer } from '#lib/server/guard.ts';
import { unwrap } from '#lib/server/results.ts';
import { resultsView, typed } from '#lib/server/search.ts';
import type { PageServerLoad } from './$types';

/** Posts that carry exactly this tag: a search for `#tag`. */
export const load: PageServerLoad = async (event) => {
	await requireViewer(event);
	const { locals, params, url } = event;
	const cursor = url.searchParams.get('cursor') ?? undefined;
	const query = { q: `#${params.name}`, type: 'posts' as const, cursor };
	const found = await unwrap(locals.api.GET('/search', { params: { query } }), url);
	const { tiles } = resultsView(typed(found.items, 'posts'));
	return { tag: params.name, list: { items: tiles, nextCursor: found.nextCursor ?? null } };
};
