import { fail, redirect } from '@sveltejs/kit';
import { text } from '#lib/i18n/en.ts';
import { field, localPath } from '#lib/server/forms.ts';
import { refuse, unwrap, unwrapOptional } from '#lib/server/results.ts';
import { commentView, personView, postView } from '#lib/server/views.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

/** Enough for most posts in one go; the rest follows a link. */
const COMMENTS = 50;

export const load: PageServerLoad = async ({ locals: { api, viewer }, params, url }) => {
	const path = { publicId: params.id };
	const post = postView(await unwrap(api.GET('/posts/{publicId}', { params: { path } }), url));
	const query = { limit: COMMENTS, cursor: url.searchParams.get('cursor') ?? undefined };
	const [author, comments] = await Promise.all([
		unwrapOptional(api.GET('/users/{username}', { params: { path: { username: post.username } } })),
		(await viewer()) ? unwrap(api.GET('/posts/{publicId}/comments', { params: { path, query } }), url) : null
	]);
	return {
		post,
		author: author && personView(author),
		list: { items: (comments?.items ?? []).map(commentView), nextCursor: comments?.nextCursor ?? null },
		origin: url.origin
	};
};

/** Back to where the form was, for browsers without script. */
async function returnTo({ request, params }: RequestEvent): Promise<never> {
	const form = await request.formData();
	redirect(303, localPath(field(form, 'back'), `/posts/${params.id}`));
}

export const actions: Actions = {
	like: async (event) => {
		const path = { publicId: event.params.id };
		const answer = await event.locals.api.POST('/posts/{publicId}/likes', { params: { path } });
		return answer.response.ok ? returnTo(event) : refuse(answer, {});
	},

	unlike: async (event) => {
		const path = { publicId: event.params.id };
		const answer = await event.locals.api.DELETE('/posts/{publicId}/likes', { params: { path } });
		return answer.response.ok ? returnTo(event) : refuse(answer, {});
	},

	comment: async ({ locals, params, request }) => {
		const body = field(await request.formData(), 'body');
		if (!body.trim()) return fail(400, { body, message: text.post.emptyComment });
		const path = { publicId: params.id };
		const answer = await locals.api.POST('/posts/{publicId}/comments', { params: { path }, body: { body } });
		if (!answer.response.ok) return refuse(answer, { body });
		return { posted: true };
	},

	deleteComment: async ({ locals, params, request }) => {
		const commentId = field(await request.formData(), 'comment');
		const path = { publicId: params.id, commentId };
		const answer = await locals.api.DELETE('/posts/{publicId}/comments/{commentId}', { params: { path } });
		if (!answer.response.ok && answer.response.status !== 404) return refuse(answer, {});
		redirect(303, `/posts/${params.id}#comments`);
	},

	delete: async ({ locals, params }) => {
		const path = { publicId: params.id };
		const answer = await locals.api.DELETE('/posts/{publicId}', { params: { path } });
		if (!answer.response.ok && answer.response.status !== 404) return refuse(answer, {});
		const viewer = await locals.viewer();
		redirect(303, viewer ? `/@${viewer.username}` : '/');
	}
};
