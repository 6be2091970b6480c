/** Full search as the search page shows it: what was found, sorted by kind. */
import type { BlendedHit, HashtagHit, PostHit, UserHit } from '#lib/api/types.ts';
import { personView, tileView } from './views.ts';

export const KINDS = ['all', 'users', 'posts', 'hashtags'] as const;
export type Kind = (typeof KINDS)[number];

/** Characters a query may have. */
export const QUERY_LIMIT = 50;

export function kindOf(value: string | null): Kind {
	return KINDS.find((kind) => kind === value) ?? 'all';
}

/** A search of all kinds answers items with their type, a search of one kind the bare items. */
export function typed(items: SearchItem[], kind: Kind): BlendedHit[] {
	if (kind === 'all') return items as BlendedHit[];
	return items.map((item) => ({ type: kind, item }) as BlendedHit);
}

type SearchItem = BlendedHit | PostHit | UserHit | HashtagHit;

/** What was found, sorted by kind in the order it came. */
export function resultsView(found: BlendedHit[]) {
	return {
		people: found.filter((f) => f.type === 'users').map(({ item }) => personView(item)),
		tiles: found.filter((f) => f.type === 'posts').map(({ item }) => tileView(item, item.id)),
		tags: found.filter((f) => f.type === 'hashtags').map(({ item }) => item)
	};
}

export type ResultsView = ReturnType<typeof resultsView>;
