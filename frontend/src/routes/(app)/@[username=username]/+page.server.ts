import { redirect } from '@sveltejs/kit';
import { field, localPath } from '#lib/server/forms.ts';
import { listParams, listView, loadProfile } from '#lib/server/profile.ts';
import { refuse, unwrap } from '#lib/server/results.ts';
import { tileView } from '#lib/server/views.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

const TILES = 30;

export const load: PageServerLoad = async (event) => {
	const { locals, url } = event;
	const [person, posts] = await Promise.all([
		loadProfile(event),
		unwrap(locals.api.GET('/users/{username}/posts', { params: listParams(event, TILES) }), url)
	]);
	return { person, list: listView(posts, (post) => tileView(post, post.publicId)) };
};

async function returnTo({ request, params }: RequestEvent): Promise<never> {
	const form = await request.formData();
	redirect(303, localPath(field(form, 'back'), `/@${params.username}`));
}

export const actions: Actions = {
	follow: async (event) => {
		const path = { username: event.params.username };
		const answer = await event.locals.api.POST('/users/{username}/follow', { params: { path } });
		return answer.response.ok ? returnTo(event) : refuse(answer, {});
	},

	unfollow: async (event) => {
		const path = { username: event.params.username };
		const answer = await event.locals.api.DELETE('/users/{username}/follow', { params: { path } });
		return answer.response.ok ? returnTo(event) : refuse(answer, {});
	}
};
