import { requireViewer } from '#lib/server/guard.ts';
import { unwrap, unwrapOptional } from '#lib/server/results.ts';
import { personView, postView, tileView } from '#lib/server/views.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	await requireViewer(event);
	const { locals, url } = event;
	const cursor = url.searchParams.get('cursor') ?? undefined;
	const feed = await unwrap(locals.api.GET('/feed', { params: { query: { cursor } } }), url);
	const list = { items: feed.items.map(postView), nextCursor: feed.nextCursor ?? null };
	const empty = list.items.length === 0 && !cursor;
	return { list, discover: empty ? await discover(locals.api) : null };
};

/** What an empty feed offers instead. */
async function discover(api: App.Locals['api']) {
	const [people, posts] = await Promise.all([
		unwrapOptional(api.GET('/users/suggested')),
		unwrapOptional(api.GET('/posts/popular'))
	]);
	return {
		people: (people?.items ?? []).map(personView),
		tiles: (posts?.items ?? []).map((post) => tileView(post, post.publicId))
	};
}
