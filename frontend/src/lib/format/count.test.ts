import { expect, it } from 'vitest';
import { formatBadge, formatCount, fullCount } from './count.ts';

it.each([
	[0, ''],
	[1, '1'],
	[1204, '1,204'],
	[9_999, '9,999'],
	[10_000, '10K'],
	[12_449, '12.4K'],
	[999_949, '1,000K'],
	[999_950, '1M'],
	[1_000_000, '1M'],
	[2_340_000, '2.3M']
])('shows %d as "%s"', (count, shown) => {
	expect(formatCount(count)).toBe(shown);
});

it('shows a zero where it is asked for', () => {
	expect(fullCount(0)).toBe('0');
});

it('stops the badge at 99', () => {
	expect(formatBadge(99)).toBe('99');
	expect(formatBadge(100)).toBe('99+');
});
