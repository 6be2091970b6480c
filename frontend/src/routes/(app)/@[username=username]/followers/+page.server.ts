import { requireViewer } from '#lib/server/guard.ts';
import { listParams, listView, loadProfile } from '#lib/server/profile.ts';
import { unwrap } from '#lib/server/results.ts';
import { personView } from '#lib/server/views.ts';
import type { PageServerLoad } from './$types';

const PEOPLE = 30;

export const load: PageServerLoad = async (event) => {
	await requireViewer(event);
	const { locals, url } = event;
	const [person, people] = await Promise.all([
		loadProfile(event),
		unwrap(locals.api.GET('/users/{username}/followers', { params: listParams(event, PEOPLE) }), url)
	]);
	return { person, list: listView(people, personView) };
};
