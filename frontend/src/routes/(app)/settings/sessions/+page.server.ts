import { redirect } from '@sveltejs/kit';
import { field } from '#lib/server/forms.ts';
import { requireViewer } from '#lib/server/guard.ts';
import { refuse, unwrap } from '#lib/server/results.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	await requireViewer(event);
	return await unwrap(event.locals.api.GET('/sessions'), event.url);
};

export const actions: Actions = {
	end: async ({ locals, request }) => {
		const id = field(await request.formData(), 'id');
		const answer = await locals.api.DELETE('/sessions/{id}', { params: { path: { id } } });
		if (!answer.response.ok && answer.response.status !== 404) return refuse(answer, {});
		redirect(303, '/settings/sessions');
	},

	endOthers: async ({ locals, url }) => {
		const { sessions } = await unwrap(locals.api.GET('/sessions'), url);
		for (const { id } of sessions.filter((session) => !session.current)) {
			await locals.api.DELETE('/sessions/{id}', { params: { path: { id } } });
		}
		redirect(303, '/settings/sessions');
	}
};
