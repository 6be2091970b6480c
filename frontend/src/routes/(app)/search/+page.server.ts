import { error } from '@sveltejs/kit';
import { text } from '#lib/i18n/en.ts';
import { requireViewer } from '#lib/server/guard.ts';
import { unwrapOptional } from '#lib/server/results.ts';
import { kindOf, QUERY_LIMIT, resultsView, typed, type Kind } from '#lib/server/search.ts';
import { tileView } from '#lib/server/views.ts';
import type { PageServerLoad } from './$types';

type Api = App.Locals['api'];

export const load: PageServerLoad = async (event) => {
	await requireViewer(event);
	const { locals, url } = event;
	const query = (url.searchParams.get('q') ?? '').trim();
	const kind = kindOf(url.searchParams.get('type'));
	if (!query) return { query, kind, results: null, nextCursor: null, popular: await popular(locals.api) };
	if ([...query].length > QUERY_LIMIT) error(400, text.search.tooLong);
	return {
		query,
		kind,
		popular: [],
		...(await search(locals.api, query, kind, url.searchParams.get('cursor')))
	};
};

async function search(api: Api, q: string, kind: Kind, cursor: string | null) {
	const query = { q, type: kind, cursor: cursor ?? undefined };
	const { data, response } = await api.GET('/search', { params: { query } });
	if (!data) error(response.status, response.status === 503 ? text.search.away : text.errors.unavailable);
	return {
		results: resultsView(typed(data.items, kind)),
		nextCursor: data.nextCursor ?? null
	};
}

async function popular(api: Api) {
	const posts = await unwrapOptional(api.GET('/posts/popular'));
	return (posts?.items ?? []).map((post) => tileView(post, post.publicId));
}
