import { expect, it } from 'vitest';
import { ratioClass } from './ratio.ts';

it.each([
	[1200, 800, 'r3x2'],
	[800, 1200, 'r2x3'],
	[1080, 1080, 'r1x1'],
	[4000, 900, 'r21x9'],
	[300, 2000, 'r9x16'],
	[1024, 683, 'r3x2']
])('hangs %s x %s as %s', (width, height, expected) => {
	expect(ratioClass(width, height)).toBe(expected);
});
