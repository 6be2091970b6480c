/** Pages only for whoever is logged in. */
import { redirect, type RequestEvent } from '@sveltejs/kit';
import type { Viewer } from '#lib/api/types.ts';
import { loginPath } from './results.ts';

/** The viewer, or the way to the login and back. */
export async function requireViewer({ locals, url }: Pick<RequestEvent, 'locals' | 'url'>): Promise<Viewer> {
	const viewer = await locals.viewer();
	if (!viewer) redirect(303, loginPath(url));
	return viewer;
}
