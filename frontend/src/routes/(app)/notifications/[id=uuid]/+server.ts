import { redirect } from '@sveltejs/kit';
import { requireViewer } from '#lib/server/guard.ts';
import { localPath } from '#lib/server/forms.ts';
import type { RequestHandler } from './$types';

/** Marks a notification read on the way to what it is about. Asking twice does nothing more. */
export const GET: RequestHandler = async (event) => {
	await requireViewer(event);
	const { locals, params, url } = event;
	await locals.api.PUT('/notifications/{id}/read', { params: { path: { id: params.id } } });
	redirect(303, localPath(url.searchParams.get('to'), '/notifications'));
};
