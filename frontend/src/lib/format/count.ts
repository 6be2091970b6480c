/** Counts as they are shown: nothing for zero, in full up to 9,999, then 12.4K and 1M. */

const full = new Intl.NumberFormat('en');

export function formatCount(count: number): string {
	if (count === 0) return '';
	return fullCount(count);
}

/** The same, for places where a zero says something, as beside "posts". */
export function fullCount(count: number): string {
	if (count < 10_000) return full.format(count);
	if (count < 999_950) return shorten(count / 1_000) + 'K';
	return shorten(count / 1_000_000) + 'M';
}

function shorten(value: number): string {
	return full.format(value < 100 ? Math.round(value * 10) / 10 : Math.round(value));
}

/** A number on the badge of unread notifications. */
export function formatBadge(count: number): string {
	return count > 99 ? '99+' : String(count);
}
