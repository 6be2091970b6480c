import { field } from '#lib/server/forms.ts';
import { requireViewer } from '#lib/server/guard.ts';
import { refuse } from '#lib/server/results.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	await requireViewer(event);
};

export const actions: Actions = {
	default: async ({ locals, request }) => {
		const form = await request.formData();
		const body = {
			currentPassword: field(form, 'currentPassword'),
			newPassword: field(form, 'newPassword')
		};
		const answer = await locals.api.PUT('/users/me', { body });
		if (!answer.response.ok) return refuse(answer, {});
		return { changed: true };
	}
};
