import { redirect } from '@sveltejs/kit';
import { field, localPath } from '#lib/server/forms.ts';
import { storeTheme } from '#lib/server/theme.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = () => redirect(303, '/');

export const actions: Actions = {
	default: async ({ cookies, request }) => {
		const form = await request.formData();
		storeTheme(cookies, field(form, 'theme') === 'dark' ? 'dark' : 'light');
		redirect(303, localPath(field(form, 'back'), '/'));
	}
};
