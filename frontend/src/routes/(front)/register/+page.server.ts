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
	/** Signs up and logs in. Where only the second fails, the way leads to the login. */
	default: async ({ locals: { api }, request, url }) => {
		const form = await request.formData();
		const kept = {
			name: field(form, 'name'),
			username: field(form, 'username'),
			email: field(form, 'email')
		};
		const password = field(form, 'password');
		const account = await api.POST('/users', { body: { ...kept, password } });
		if (!account.response.ok) return refuse(account, kept);
		const next = localPath(url.searchParams.get('next'), '/feed');
		const session = await api.POST('/sessions', { body: { email: kept.email, password } });
		redirect(303, session.response.ok ? next : `/login?next=${encodeURIComponent(next)}`);
	}
};
