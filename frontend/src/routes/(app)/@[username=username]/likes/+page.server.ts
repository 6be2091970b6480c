import { requireViewer } from '#lib/server/guard.ts';
import { listParams, listView, loadProfile } from '#lib/server/profile.ts';
import { unwrap } from '#lib/server/results.ts';
import { tileView } from '#lib/server/views.ts';
import type { PageServerLoad } from './$types';

const TILES = 30;

export const load: PageServerLoad = async (event) => {
	await requireViewer(event);
	const { locals, url } = event;
	const [person, posts] = await Promise.all([
		loadProfile(event),
		unwrap(locals.api.GET('/users/{username}/likes', { params: listParams(event, TILES) }), url)
	]);
	return { person, list: listView(posts, (post) => tileView(post, post.publicId)) };
};
