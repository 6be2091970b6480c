import { expect, it } from 'vitest';
import { srcset } from './renditions.ts';

it('offers the copies narrower than the picture, and the picture', () => {
	expect(srcset('/uploads/a.webp', 800)).toBe(
		'/uploads/a.webp/320.webp 320w, /uploads/a.webp/640.webp 640w, /uploads/a.webp 800w'
	);
	expect(srcset('/uploads/a.webp', 320)).toBe('/uploads/a.webp 320w');
});
