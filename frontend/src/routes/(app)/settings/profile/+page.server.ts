import { field } from '#lib/server/forms.ts';
import { requireViewer } from '#lib/server/guard.ts';
import { refuse, unwrap } from '#lib/server/results.ts';
import { tileView } from '#lib/server/views.ts';
import type { Actions, PageServerLoad } from './$types';

/** So many of the own pictures are offered as avatar. */
const CHOICES = 18;

export const load: PageServerLoad = async (event) => {
	const { username } = await requireViewer(event);
	const { api } = event.locals;
	const params = { path: { username }, query: { limit: CHOICES } };
	const [me, posts] = await Promise.all([
		unwrap(api.GET('/users/me'), event.url),
		unwrap(api.GET('/users/{username}/posts', { params }), event.url)
	]);
	return {
		me: { name: me.name, username: me.username, email: me.email ?? '', bio: me.bio, avatar: me.avatar ?? '' },
		choices: posts.items.map((post) => ({ filename: post.filename, tile: tileView(post, post.publicId) }))
	};
};

export const actions: Actions = {
	default: async ({ locals, request }) => {
		const form = await request.formData();
		const values = {
			name: field(form, 'name'),
			username: field(form, 'username'),
			email: field(form, 'email'),
			bio: field(form, 'bio'),
			avatar: field(form, 'avatar')
		};
		const currentPassword = field(form, 'currentPassword') || null;
		const body = { ...values, avatar: values.avatar || null, currentPassword };
		const answer = await locals.api.PUT('/users/me', { body });
		if (!answer.response.ok) return refuse(answer, values);
		return { saved: true };
	}
};
