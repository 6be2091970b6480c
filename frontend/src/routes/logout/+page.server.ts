import { redirect } from '@sveltejs/kit';
import { storeSession } from '#lib/server/session.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	if (!(await locals.viewer())) redirect(303, '/');
};

export const actions: Actions = {
	/** The cookie goes whatever the API says: whoever asked to be logged out must not stay logged in here. */
	default: async ({ cookies, locals }) => {
		await locals.api.DELETE('/sessions').catch(() => undefined);
		storeSession(cookies, { token: '' });
		redirect(303, '/');
	}
};
