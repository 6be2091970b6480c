import { fail, redirect } from '@sveltejs/kit';
import { text } from '#lib/i18n/en.ts';
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
		const email = field(form, 'email');
		const body = { email, password: field(form, 'password') };
		const answer = await locals.api.POST('/sessions', { body });
		if (answer.response.status === 401) return fail(400, { email, message: text.account.mismatch });
		if (!answer.response.ok) return refuse(answer, { email });
		redirect(303, localPath(url.searchParams.get('next'), '/feed'));
	}
};
