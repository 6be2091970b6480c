import { redirect } from '@sveltejs/kit';
import { field, localPath } from '#lib/server/forms.ts';
import { refuse } from '#lib/server/results.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const next = localPath(url.searchParams.get('next'), '/feed');
	if (await locals.viewer()) redirect(303, next);
	return { next };
};

export const actions: Actions = {
	default: async ({ locals, request, url }) => {
		const form = await request.formData();
		const kept = {
			name: field(form, 'name'),
			username: field(form, 'username'),
			email: field(form, 'email')
		};
		const answer = await locals.api.POST('/users', { body: { ...kept, password: field(form, 'password') } });
		if (!answer.response.ok) return refuse(answer, kept);
		redirect(303, localPath(url.searchParams.get('next'), '/feed'));
	}
};
