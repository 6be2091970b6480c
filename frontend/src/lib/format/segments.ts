/** Where a segment of a caption, a comment or a biography leads. */
import type { Segment } from '#lib/api/types.ts';

export interface SegmentLink {
	href: string;
	rel?: string;
}

/** Nothing for plain text, and nothing for an address that isn't a web page, whatever the API said. */
export function segmentLink({ type, text, target }: Segment): SegmentLink | undefined {
	switch (type) {
		case 'mention':
			return { href: `/@${target ?? text.slice(1)}` };
		case 'hashtag':
			return { href: `/tags/${encodeURIComponent(target ?? text.slice(1))}` };
		case 'url':
			return webLink(target ?? text);
		default:
			return undefined;
	}
}

function webLink(address: string): SegmentLink | undefined {
	const url = URL.parse(address);
	if (!url || !['http:', 'https:'].includes(url.protocol)) return undefined;
	return { href: url.href, rel: 'nofollow noopener noreferrer ugc' };
}
