/** Full search as the search page shows it: one list by kind, from answers that come as {type, item} or plain. */
import { personView, tileView } from './views.ts';

export const KINDS = ['all', 'users', 'posts', 'hashtags'] as const;
export type Kind = (typeof KINDS)[number];

/** Characters a query may have. */
export const QUERY_LIMIT = 50;

export function kindOf(value: string | null): Kind {
	return KINDS.find((kind) => kind === value) ?? 'all';
}

interface FoundUser {
	username: string;
	name: string;
	avatar?: string | null;
	bio?: string;
	isFollowing?: boolean;
}

interface FoundPost {
	id: string;
	filename: string;
	likes: number;
	altText?: string | null;
	width?: number | null;
	height?: number | null;
	thumbhash?: string | null;
}

interface FoundTag {
	name: string;
	postCount: number;
}

export type Found =
	| { type: 'users'; item: FoundUser }
	| { type: 'posts'; item: FoundPost }
	| { type: 'hashtags'; item: FoundTag };

/** What was found, sorted by kind in the order it came. */
export function resultsView(found: Found[]) {
	return {
		people: found.filter((f) => f.type === 'users').map(({ item }) => personView(item)),
		tiles: found.filter((f) => f.type === 'posts').map(({ item }) => tileView(item, item.id)),
		tags: found.filter((f) => f.type === 'hashtags').map(({ item }) => item)
	};
}

export type ResultsView = ReturnType<typeof resultsView>;
