/** What the pages of one person share: the person, and where its forms lead back to. */
import type { RequestEvent } from '@sveltejs/kit';
import { unwrap } from './results.ts';
import { profileView } from './views.ts';

interface ProfileEvent extends Pick<RequestEvent, 'locals' | 'url'> {
	params: { username: string };
}

export async function loadProfile({ locals, params, url }: ProfileEvent) {
	const path = { username: params.username };
	return profileView(await unwrap(locals.api.GET('/users/{username}', { params: { path } }), url));
}

/** The list behind a profile's page, as the pages take it. */
export function listView<A, B>(page: { items: A[]; nextCursor?: string | null }, view: (item: A) => B) {
	return { items: page.items.map(view), nextCursor: page.nextCursor ?? null };
}

/** Path and query of a profile's list. */
export function listParams({ params, url }: ProfileEvent, limit: number) {
	const cursor = url.searchParams.get('cursor') ?? undefined;
	return { path: { username: params.username }, query: { cursor, limit } };
}
